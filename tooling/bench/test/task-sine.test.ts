import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { checkTask } from "@borealis/schema";
import { expect, onTestFinished, test } from "vitest";
import { SineTable } from "../src/task-sine.ts";

test("the table that peers make is one of 180 sines, whoever makes it", async () => {
  const parent = mkdtempSync(join(tmpdir(), "borealis-sine-"));
  onTestFinished(() => rmSync(parent, { recursive: true }));
  const sine = new SineTable();
  const byXargs = await sine.withXargs(parent);
  const byMake = await sine.withMake(parent);
  const rows = byXargs.table.trim().split("\n");
  expect(rows.map((row) => Number(row.trim().split(/\s+/)[0]))).toEqual(rows.map((_, index) => index + 1));
  const sines = rows.map((row) => Number(row.trim().split(/\s+/)[1]));
  expect(sines).toHaveLength(180);
  for (const [degree, value] of sines.entries())
    expect(value).toBeCloseTo(Math.sin((degree * Math.PI) / 180), 9);
  if (byMake !== undefined) expect(byMake.table).toBe(byXargs.table);
  expect(byXargs.cpuMs).toBeGreaterThan(0);
});

test("the task is a valid one, in which the reducer comes after each of the mappers", () => {
  const { task } = checkTask(new SineTable().task);
  expect(task?.processes).toHaveLength(181);
  expect(task?.constraints).toHaveLength(180);
  for (const [index, { order }] of (task?.constraints ?? []).entries()) {
    expect(order).toEqual([task?.processes[index]?.name, "reducer"]);
  }
});
