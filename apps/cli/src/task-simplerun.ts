import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { systemClock } from "@borealis/clock";
import { loadConfig } from "@borealis/config";
import { type Problem, portReferences, type Task } from "@borealis/schema";
import { bindsOf } from "./binds.ts";
import { env } from "./env.ts";
import type { SimpleRunOptions } from "./executor-simplerun.ts";
import { EXIT } from "./exit-codes.ts";
import { CliError } from "./fail.ts";
import { note } from "./health-text.ts";
import { LiveScreen } from "./live-screen.ts";

const MEGABYTE = 1024 ** 2;
/** Thermos': one core, 256 MB. It gave no disk; ours is more than anybody has, since one that is too small ends the task. */
const RESOURCES = { cpu: 1, ram: 256 * MEGABYTE, disk: 1024 ** 3 * MEGABYTE };

export async function simpleRun(words: readonly string[], options: SimpleRunOptions): Promise<void> {
  const { name, user, taskId, port: ports = {}, env: environment = {}, log: format } = options;
  const task = await taskOf(name, words.join(" "), options.bind ?? []);
  expectBound(task, ports);
  // In JSON every line is an object.
  if (format === "text") for (const { cmdline } of task.processes) note(`Running command: '${cmdline}'`);
  const { runStandalone } = await import("@borealis/executor");
  process.exitCode = await runStandalone(
    { task, name, taskId, user, ports, environment },
    {
      stateDirectory: resolve(options.stateDir),
      asCurrentUser: user === undefined,
      currentUser: env.user,
      enforceResources: options.enforceResources ?? false,
      format,
      clock: systemClock,
    },
    {
      view:
        format === "text" && process.stderr.isTTY ? new LiveScreen(process.stderr, systemClock) : undefined,
    },
  );
}

/** Made by what makes it of any configuration, so that references and names are under the same rules. */
async function taskOf(name: string, cmdline: string, bind: readonly string[]): Promise<Task> {
  const binds = bindsOf(bind);
  const directory = await mkdtemp(join(tmpdir(), "borealis-simplerun-"));
  const file = join(directory, "task.json");
  const task = { name, processes: [{ name, cmdline }], resources: RESOURCES };
  const job = { cluster: "none", role: "none", environment: "devel", name: "simplerun", task };
  try {
    await writeFile(file, JSON.stringify(job));
    const { config, problems = [] } = await loadConfig(file, { binds });
    const [loaded] = config?.jobs ?? [];
    if (loaded?.job === undefined) throw refused(loaded?.problems ?? problems);
    return loaded.job.task;
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** The file is ours: where in it something is wrong tells nobody anything. */
function refused(problems: readonly Problem[]): CliError {
  const lines = problems.map(({ path, message }) => {
    const attribute = path.slice(path.lastIndexOf(".") + 1);
    return `${attribute === "name" ? "--name" : attribute}: ${message}`;
  });
  return new CliError([...new Set(lines)].join("\n"), EXIT.usage);
}

/** Before anything is made or started, and all at once. */
function expectBound({ processes }: Task, ports: Readonly<Record<string, number>>): void {
  const wanted = new Set(processes.flatMap(({ cmdline }) => portReferences(cmdline)));
  const unbound = [...wanted].filter((name) => !Object.hasOwn(ports, name));
  if (unbound.length === 0) return;
  const how = unbound.map((name) => `-P ${name}:<port>`).join(" ");
  throw new CliError(`Unbound ports: ${unbound.join(", ")}; give them with ${how}`, EXIT.badConfig);
}
