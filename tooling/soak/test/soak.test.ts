import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";

const run = promisify(execFile);
const MAIN = join(import.meta.dirname, "../src/main.ts");

test("a short run on one server meets every invariant and says how to repeat it", {
  timeout: 120_000,
}, async () => {
  const args = ["--minutes", "0.35", "--servers", "1", "--seed", "7"];
  const { stdout, stderr } = await run(process.execPath, [MAIN, ...args]);
  expect(stdout).toMatch(/^soak: ok, [3-5] faults, seed 7$/m);
  const [, told = "0"] = /(\d+) of them against the truth/.exec(stderr) ?? [];
  expect(Number(told)).toBeGreaterThan(0);
});

test("what can not be meant is refused before anything starts", async () => {
  for (const args of [["--minutes", "0"], ["--seed", "1.5"], ["--servers", "2"], ["--what"]]) {
    const failed = await run(process.execPath, [MAIN, ...args]).catch((error: { code: number }) => error);
    expect(failed).toMatchObject({ code: 2 });
  }
});
