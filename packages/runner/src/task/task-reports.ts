import { isDeepStrictEqual } from "node:util";
import type { Clock } from "@borealis/clock";
import { isTerminal, type TaskState } from "@borealis/schema";
import { processReports } from "../core/process-report.ts";
import type { TaskMachine } from "../core/task.ts";
import type { TaskSnapshot } from "./task-spec.ts";

const MANY_PROCESSES = 32;
const PACE_MS = 50;

export interface TaskReportsOptions {
  readonly clock: Clock;
  readonly machine: () => TaskMachine;
  readonly tell: (snapshot: TaskSnapshot) => void;
}

/**
 * What the outside is told of a task: each stage and the end at once, anything else once per turn. A report is as long
 * as the task has processes: where these are many it has to wait until the last one is a moment old.
 */
export class TaskReports {
  readonly #options: TaskReportsOptions;
  #snapshot: TaskSnapshot;
  readonly #toTell: TaskSnapshot[] = [];
  /** Until `open`, too. */
  #telling = true;
  #unseen = false;
  #waiting = false;
  #stopped = false;
  #cancelPace = () => {};

  constructor(options: TaskReportsOptions) {
    this.#options = options;
    this.#snapshot = this.#look(options.machine().stage);
  }

  get snapshot(): TaskSnapshot {
    return this.#snapshot;
  }

  /** Nobody is told before whoever listens has the task in hand. */
  open(): void {
    this.#telling = false;
    this.#tellAll();
  }

  changed(): void {
    this.#unseen = true;
    if (this.#waiting || this.#stopped) return;
    this.#waiting = true;
    setImmediate(() => this.#tellUnseen());
  }

  /** One of several, perhaps, that a step goes through. */
  stage(stage: TaskState): void {
    this.#unseen = false;
    const next = this.#look(stage);
    if (!this.#stopped && !isDeepStrictEqual(next, this.#snapshot)) this.#tell(next);
  }

  end(taskState: TaskState, reason: string): void {
    this.stop();
    this.#tell({ ...this.#look(taskState), reason });
  }

  /** Nothing is told any more but the end. */
  stop(): void {
    this.#stopped = true;
    this.#cancelPace();
  }

  #tellUnseen(): void {
    const { clock, machine } = this.#options;
    const { stage, processes } = machine();
    if (this.#unseen && !isTerminal(stage)) this.stage(stage);
    if (processes.length < MANY_PROCESSES) this.#goOn();
    else if (!this.#stopped) this.#cancelPace = clock.after(PACE_MS, () => this.#goOn());
  }

  #goOn(): void {
    this.#waiting = false;
    if (this.#unseen) this.changed();
  }

  /** Who is told may come back with a kill: what that changes is told afterwards. */
  #tell(snapshot: TaskSnapshot): void {
    this.#snapshot = snapshot;
    this.#toTell.push(snapshot);
    this.#tellAll();
  }

  #tellAll(): void {
    if (this.#telling) return;
    this.#telling = true;
    try {
      for (let next = this.#toTell.shift(); next !== undefined; next = this.#toTell.shift())
        this.#options.tell(next);
    } finally {
      this.#telling = false;
    }
  }

  #look(stage: TaskState): TaskSnapshot {
    return { taskState: stage, processes: processReports(this.#options.machine()) };
  }
}
