import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { formatProblem } from "@borealis/schema";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { loadScript } from "../../src/script/script-loader.ts";

const GOOD = `import { Job, MB, Process, SequentialTask } from "@borealis/config/builders";

const names: readonly string[] = ["a", "b"];
export const jobs = names.map((name) =>
  Job({
    role: "www-data",
    cluster: "devcluster",
    name,
    task: SequentialTask({
      processes: [Process({ name: "hello", cmdline: "echo {{mesos.instance}}" })],
      resources: { cpu: 0.5, ram: 16 * MB, disk: 16 * MB },
    }),
  }),
);
`;

describe("a configuration in TypeScript", () => {
  let file: string;
  beforeAll(async () => {
    file = join(await mkdtemp(join(tmpdir(), "borealis-any-script-")), "web.ts");
  });
  afterAll(() => rm(join(file, ".."), { recursive: true }));

  // Each is a process of its own, so they are few.
  it("may be a good one that was cut, doubled or overwritten anywhere", async () => {
    const position = fc.nat({ max: GOOD.length });
    const overwritten = fc.constantFrom(
      "",
      "{",
      "(",
      "`",
      "//",
      "{}.x.y;",
      "jobs",
      "await ",
      "\0",
      "\u{1f600}",
    );
    await fc.assert(
      fc.asyncProperty(position, position, fc.boolean(), overwritten, async (a, b, doubled, other) => {
        const [from, to] = [Math.min(a, b), Math.max(a, b)];
        const middle = doubled ? GOOD.slice(from, to).repeat(2) : other;
        await writeFile(file, GOOD.slice(0, from) + middle + GOOD.slice(to));
        const loaded = await loadScript(file, { environment: {}, timeoutMs: 5_000 });
        if (!("problems" in loaded)) return;
        expect(loaded).not.toHaveProperty("jobs");
        expect(loaded.problems).toHaveLength(1);
        for (const problem of loaded.problems) {
          expect(formatProblem(problem, file)).not.toMatch(/undefined:|\[object|node:internal/);
        }
      }),
      { numRuns: 15 },
    );
  });
});
