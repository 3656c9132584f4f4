import type { LoadedJob } from "../src/api.ts";
import { finishJob } from "../src/finish-job.ts";
import { build } from "../src/template/build.ts";
import { structTypes } from "../src/template/builtin-types.ts";

const MEGABYTE = 1024 ** 2;

type Fields = Readonly<Record<string, unknown>>;

/** A job as the loaders make it, with `job` and `task` laid over the smallest that is accepted. */
export function loadedJob({ job = {}, task = {} }: { job?: Fields; task?: Fields } = {}): LoadedJob {
  const type = structTypes.get("Job");
  if (type === undefined) throw new Error("there is no type Job");
  const value = {
    role: "www-data",
    cluster: "cluster1",
    task: {
      processes: [{ name: "hello", cmdline: "echo hello" }],
      resources: { cpu: 1, ram: MEGABYTE, disk: MEGABYTE },
      ...task,
    },
    ...job,
  };
  return finishJob(build(type, value), ["jobs", 0], [], []);
}
