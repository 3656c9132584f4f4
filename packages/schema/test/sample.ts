import { checkJob, type Issue } from "../src/index.ts";

const MEGABYTE = 1024 ** 2;

type Fields = Readonly<Record<string, unknown>>;

/** The smallest job that is accepted, with `job` and `task` laid over it; undefined takes an attribute away. */
export function sampleJob({ job = {}, task = {} }: { job?: Fields; task?: Fields } = {}): Fields {
  return present({
    role: "www-data",
    cluster: "cluster1",
    task: present({
      processes: [{ name: "hello", cmdline: "echo hello" }],
      resources: { cpu: 1, ram: MEGABYTE, disk: MEGABYTE },
      ...task,
    }),
    ...job,
  });
}

/** Processes `name` with what is given for them, as in `{ a: {}, d: { daemon: true } }`. */
export function processes(named: Readonly<Record<string, Fields>>): Fields[] {
  return Object.entries(named).map(([name, fields]) => ({ name, cmdline: "true", ...fields }));
}

/** What is said about a job, with its path as text. */
export function issuesOf(job: unknown): readonly (Omit<Issue, "path"> & { path: string })[] {
  return (checkJob(job).issues ?? []).map((issue) => ({ ...issue, path: issue.path.join(".") }));
}

function present(fields: Fields): Fields {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}
