import { lstatSync } from "node:fs";
import { join } from "node:path";
import { processReports, summarise, type TaskSummary } from "@borealis/runner";
import { isTerminal } from "@borealis/schema";
import { EXIT } from "./exit-codes.ts";
import { CliError } from "./fail.ts";
import { isLive } from "./task-text.ts";

/** What is known of one run of a process, and of the process. */
export interface RunOutlook {
  readonly ended: boolean;
  readonly nextStarted: boolean;
  /** Its process will not run again. */
  readonly over: boolean;
}

type Machine = NonNullable<TaskSummary["machine"]>;

/** One process of a task, as the task's checkpoint has it at the moment. */
export class WatchedProcess {
  readonly sandbox: string;
  readonly process: string;
  readonly #stateDirectory: string;
  #summary: TaskSummary;
  #machine: Machine;
  #seen = "";

  private constructor(stateDirectory: string, summary: TaskSummary, machine: Machine, of: WatchedOf) {
    this.#stateDirectory = stateDirectory;
    this.#summary = summary;
    this.#machine = machine;
    this.sandbox = of.sandbox;
    this.process = of.process;
  }

  /** @throws CliError when it has no such process, or several and none is wanted */
  static of(stateDirectory: string, summary: TaskSummary, wanted: string | undefined): WatchedProcess {
    const { taskId, machine, header, problem = "it can not be read" } = summary;
    if (machine === undefined || header === undefined) {
      throw new CliError(`task ${taskId}: ${problem}`, EXIT.failed);
    }
    const names = machine.processes.map(({ name }) => name);
    const process = wanted ?? (names.length === 1 ? names[0] : undefined);
    if (process !== undefined && names.includes(process)) {
      return new WatchedProcess(stateDirectory, summary, machine, { sandbox: header.sandbox, process });
    }
    const list =
      names.length > SHOWN_NAMES ? `${names.slice(0, SHOWN_NAMES).join(", ")}, …` : names.join(", ");
    const message =
      wanted === undefined
        ? `which process of ${taskId}? It has ${list}`
        : `task ${taskId} has no process "${wanted}"; it has ${list}`;
    throw new CliError(message, wanted === undefined ? EXIT.usage : EXIT.negative);
  }

  get active(): boolean {
    return !isOver(this.#summary, this.#machine);
  }

  get latestRun(): number {
    return this.#machine.processes.find(({ name }) => name === this.process)?.run ?? 0;
  }

  look(run: number): RunOutlook {
    this.#refresh();
    const over = isOver(this.#summary, this.#machine);
    const latest = this.#machine.processes.find(({ name }) => name === this.process);
    const report = processReports(this.#machine).find(({ name }) => name === this.process);
    if (latest === undefined || report === undefined) return { ended: true, nextStarted: false, over: true };
    const ended = over || latest.run > run || (latest.run === run && latest.endedAt !== undefined);
    // One that is to run again is WAITING.
    return {
      ended,
      nextStarted: latest.run > run,
      over: over || (report.state !== "WAITING" && !isLive(report)),
    };
  }

  /** Reading it anew is not free: only when it is another file, or longer. */
  #refresh(): void {
    const seen = fingerprint(join(this.#summary.directory, "checkpoint"));
    if (seen !== undefined && seen === this.#seen) return;
    this.#seen = seen ?? "";
    const summary = summarise(this.#stateDirectory, this.#summary);
    this.#summary = summary.header === undefined ? { ...this.#summary, finished: true } : summary;
    this.#machine = summary.machine ?? this.#machine;
  }
}

const SHOWN_NAMES = 20;

interface WatchedOf {
  readonly sandbox: string;
  readonly process: string;
}

function isOver({ finished }: TaskSummary, { stage }: Machine): boolean {
  return finished || isTerminal(stage);
}

function fingerprint(file: string): string | undefined {
  try {
    const { ino, size, mtimeMs } = lstatSync(file);
    return `${ino} ${size} ${mtimeMs}`;
  } catch {
    return undefined;
  }
}
