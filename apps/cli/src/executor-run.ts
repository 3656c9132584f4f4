import { resolve } from "node:path";
import { Command } from "commander";
import { env } from "./env.ts";
import { common, type InstanceOptions, instance, templatesOf } from "./executor-options.ts";
import { settingsOf } from "./executor-settings.ts";

interface RunOptions extends InstanceOptions {
  readonly taskId?: string;
}

export function runCommand(): Command {
  const command = new Command("run")
    .description("run one instance of a job in the foreground: its processes, its checks, its announcement")
    .argument("<file>", "the job's configuration: .aurora, .ts, .js or .json")
    .argument(
      "[job]",
      "role/environment/name, when the file holds several jobs; of a .thermos file, the task",
    )
    .option("--no-zk", "run the task alone: nothing is claimed, checked, announced or started again")
    .option("--task-id <id>", "with --no-zk: its id; a task of this id that nobody has is gone on with");
  return common(instance(command)).action(
    async (file: string, job: string | undefined, options: RunOptions) => {
      const request = { file, job, ...(await templatesOf(options)) };
      const command = { ...request, instance: options.instance, ports: options.port ?? {} };
      if (options.zk === false) {
        const { runAlone } = await import("@borealis/executor");
        const { taskId } = options;
        process.exitCode = await runAlone(
          { ...command, taskId },
          await alone(options),
          await viewOf(options),
        );
        return;
      }
      const settings = await settingsOf(options, "own");
      const { run } = await import("@borealis/executor");
      process.exitCode = await run(command, settings, options.log, await viewOf(options));
    },
  );
}

/** On a terminal, where people read the log as well. */
async function viewOf({ log }: RunOptions) {
  if (log !== "text" || !process.stderr.isTTY) return undefined;
  const { systemClock } = await import("@borealis/clock");
  const { LiveScreen } = await import("./live-screen.ts");
  return new LiveScreen(process.stderr, systemClock);
}

/** What holds for a task that is run without ZooKeeper. */
async function alone(options: RunOptions) {
  const { systemClock } = await import("@borealis/clock");
  return {
    stateDirectory: resolve(options.stateDir),
    asCurrentUser: options.asCurrentUser ?? false,
    currentUser: env.user,
    enforceResources: options.enforceResources ?? false,
    environment: options.env ?? {},
    format: options.log,
    clock: systemClock,
  };
}
