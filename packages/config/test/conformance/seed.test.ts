import { readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { loadConfig } from "../../src/index.ts";
import { REFERENCE, referenceIsHere } from "./reference.ts";

const ENVIRONMENT = { USER: "vagrant" };
const load = (path: string) => loadConfig(join(REFERENCE, "configs", path), { environment: ENVIRONMENT });
const NO_JOB = /^No job defined in this config!/;

/** What is printed is broken in places, or only a part: the error has to name the repair. Lines count the heading. */
const AS_PRINTED: readonly (readonly [block: string, message: RegExp, line: number | undefined])[] = [
  ["seed-01", /the `\[` of line 5, column 27 is still open at this `\)`; put a `\]` before it/, 5],
  ["seed-02", /process1 is not defined/, 2],
  ["seed-03", /process1 is not defined/, 2],
  ["seed-04", NO_JOB, undefined],
  ["seed-05", /is not closed on its line; text over several lines stands between """/, 5],
  ["seed-06", NO_JOB, undefined],
  ["seed-07", NO_JOB, undefined],
  ["seed-10", /a comma is missing after `name = "hello_world-\{\{cluster\}\}"`/, 7],
];

describe.skipIf(!referenceIsHere)("an example of the 2014 reference", () => {
  it.each(AS_PRINTED)("%s, as it is printed, is told %s", async (block, message, line) => {
    const { problems } = await load(`seed-blocks/${block}.aurora`);
    expect(problems?.map((problem) => [problem.message, problem.line])).toEqual([
      [expect.stringMatching(message), line],
    ]);
  });

  it("seed-08, as it is printed, loads: without an environment it is in devel", async () => {
    const { config } = await load("seed-blocks/seed-08.aurora");
    expect(config?.jobs.map(({ key, problems }) => [key, problems])).toEqual([
      ["cluster1/vagrant/devel/hello_world", []],
    ]);
  });

  it.each([
    ["echoes", ["cluster1/www-data/devel/echoes"], 2],
    ["hello_world", ["cluster1/vagrant/test/hello_world"], 1],
    [
      "hello_world_productionized",
      ["cluster1", "cluster2", "local"].map((cluster) => `${cluster}/vagrant/test/hello_world-${cluster}`),
      1,
    ],
    ["mapreduce", ["cluster1/www-data/devel/mapreduce"], 181],
    ["max_failures", ["cluster1/www-data/devel/fail"], 2],
  ])("%s, corrected, loads without a problem", async (name, keys, processes) => {
    const { config } = await load(`seed-corrected/${name}.aurora`);
    expect(config?.jobs.map(({ key }) => key)).toEqual(keys);
    for (const { job, problems } of config?.jobs ?? []) {
      expect(problems).toEqual([]);
      expect(job?.task.processes.length).toBe(processes);
    }
  });

  it("has been tried, whichever there is", () => {
    const blocks = readdirSync(join(REFERENCE, "configs/seed-blocks")).map((name) =>
      name.replace(".aurora", ""),
    );
    expect(blocks.sort()).toEqual([...AS_PRINTED.map(([block]) => block), "seed-08"].sort());
  });
});
