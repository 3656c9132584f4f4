import { Command, InvalidArgumentError } from "commander";
import { env } from "./env.ts";
import { wholeNumber } from "./values.ts";

export interface TailOptions {
  readonly stateDir: string;
  readonly stderr?: boolean;
  readonly run?: number;
  readonly lines: number;
  /** Neither: only what is active, and on a terminal. */
  readonly follow?: boolean;
}

export function tailCommand(): Command {
  return new Command("tail")
    .description("show what a process of a task has written, and what it writes")
    .argument("<task>", "its id, or its instance: role/environment/job/instance")
    .argument("[process]", "which, when the task has several")
    .option("--stderr", "its stderr (default: its stdout)")
    .option("--run <n>", "which run (default: the newest, and those that come after it)", wholeNumber(0))
    .option("-n, --lines <n>", "how many of the last lines, or all", lineCount, 10)
    .option("-f, --follow", "go on until it has ended (default: on a terminal, while the task is active)")
    .option("--no-follow", "only what is there")
    .option("--state-dir <dir>", "the executor's", env.stateDirectory)
    .action(async (task: string, process: string | undefined, options: TailOptions) => {
      const { tail } = await import("./task-tail.ts");
      await tail(task, process, options);
    });
}

function lineCount(text: string): number {
  if (text === "all") return Number.POSITIVE_INFINITY;
  try {
    return wholeNumber(0)(text);
  } catch {
    throw new InvalidArgumentError("Must be a whole number, or all.");
  }
}
