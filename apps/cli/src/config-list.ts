import { kindOf, type LoadedConfig, type LoadedJob, type LoadedTask } from "@borealis/config";
import { portReferences } from "@borealis/schema";
import type { TableFlags } from "./config-command.ts";
import { load } from "./config-load.ts";
import { problemLine } from "./config-problem.ts";
import { EXIT } from "./exit-codes.ts";
import { formatTable } from "./table.ts";

/** A job, or a task of a `.thermos` file, in one line. Null is what a configuration with problems leaves open. */
interface Listed {
  readonly key: string;
  readonly path: string;
  readonly kind: string | null;
  readonly instances: number | null;
  readonly ports: readonly string[];
  readonly problems: number;
  readonly warnings: number;
}

/** Lists the jobs of all files; what can not be read is reported, and the others are listed all the same. */
export async function list(files: readonly string[], flags: TableFlags): Promise<void> {
  const read: { file: string; jobs: readonly Listed[] }[] = [];
  for (const file of files) {
    const { config, problems } = await load(file, flags);
    if (config !== undefined) {
      read.push({ file, jobs: listed(config) });
      continue;
    }
    for (const problem of problems) process.stderr.write(`borealis: ${problemLine(problem, file)}\n`);
    process.exitCode = EXIT.badConfig;
  }
  if (flags.output === "json") process.stdout.write(`${JSON.stringify(read)}\n`);
  else if (read.length > 0) process.stdout.write(`${table(read, files.length > 1)}\n`);
}

function listed({ jobs, tasks }: LoadedConfig): Listed[] {
  return [...jobs.map(listedJob), ...tasks.map(listedTask)];
}

function listedJob({ key, path, job, ports, problems, warnings }: LoadedJob): Listed {
  return {
    key,
    path,
    kind: job === undefined ? null : kindOf(job),
    instances: job?.instances ?? null,
    ports,
    problems: problems.length,
    warnings: warnings.length,
  };
}

function listedTask({ path, task, problems }: LoadedTask): Listed {
  const ports = (task?.processes ?? []).flatMap(({ cmdline }) => portReferences(cmdline));
  return {
    key: task?.name ?? "?",
    path,
    kind: "task",
    instances: null,
    ports: [...new Set(ports)].sort(),
    problems: problems.length,
    warnings: 0,
  };
}

function table(read: readonly { file: string; jobs: readonly Listed[] }[], withFile: boolean): string {
  const rows = read.flatMap(({ file, jobs }) =>
    jobs.map(({ key, kind, instances, ports, problems, warnings }) => [
      ...(withFile ? [file] : []),
      key,
      String(instances ?? "-"),
      kind ?? "-",
      ports.join(" "),
      String(problems),
      String(warnings),
    ]),
  );
  const header = ["KEY", "INSTANCES", "KIND", "PORTS", "PROBLEMS", "WARNINGS"];
  const align = ["left", "right", "left", "left", "right", "right"] as const;
  return formatTable(withFile ? ["FILE", ...header] : header, rows, withFile ? ["left", ...align] : align);
}
