import { parseJsonTrees } from "../../src/json/json-loader.ts";
import type { StructNode } from "../../src/template/node.ts";

/** A small job, with `job` and `task` laid over it; undefined takes an attribute away. */
export function plainJob({
  job = {},
  task = {},
}: Readonly<Record<"job" | "task", object>> | Record<string, object> = {}) {
  return {
    role: "www-data",
    cluster: "devcluster",
    task: {
      processes: [{ name: "hello", cmdline: "echo hello" }],
      resources: { cpu: 1, ram: 1024 ** 2, disk: 1024 ** 2 },
      ...task,
    },
    ...job,
  };
}

export function problemsOf(text: string) {
  const parsed = parseJsonTrees(text, "web.json");
  return ("problems" in parsed ? parsed.problems : parsed.flaws) ?? [];
}

export function jobsOf(text: string): readonly StructNode[] {
  const parsed = parseJsonTrees(text, "web.json");
  const problems = problemsOf(text);
  if ("problems" in parsed || problems.length > 0) throw new Error(JSON.stringify(problems));
  return parsed.jobs;
}
