import { join } from "node:path";
import { loadConfig } from "@borealis/config";
import { type Bench, figureOf } from "../figure.ts";
import { directoryOf, JSON_JOB } from "../sample-configs.ts";

const WARM_UP = 200;
const RUNS = 1000;
const JOBS = 20;

/** Ours: read a file of 20 jobs with every check, for each job of it. Floor: only parse the JSON of one. */
export const configJson: Bench = {
  name: "config.json",
  about: "one job of a JSON configuration read, filled in and checked, beside JSON.parse",
  async run(tell) {
    const jobs = Array.from({ length: JOBS }, (_, index) => ({
      ...JSON.parse(JSON_JOB),
      name: `hello-${index}`,
    }));
    await using directory = await directoryOf({ "jobs.json": JSON.stringify({ jobs }, null, 2) });
    const file = join(directory.path, "jobs.json");
    const ours: number[] = [];
    const floor: number[] = [];
    for (let run = 0; run < WARM_UP + RUNS; run++) {
      const startedAt = performance.now();
      const { config } = await loadConfig(file);
      const took = (performance.now() - startedAt) / JOBS;
      if (config?.jobs.some(({ job }) => job === undefined) !== false)
        throw new Error("the sample job is not valid");
      const parsingAt = performance.now();
      JSON.parse(JSON_JOB);
      const parsed = performance.now() - parsingAt;
      if (run < WARM_UP) continue;
      ours.push(took);
      floor.push(parsed);
    }
    tell(`${RUNS} files of ${JOBS} jobs`);
    return figureOf({ name: this.name, unit: "ms", goal: 1, goalOf: "ours" }, { ours, floor });
  },
};
