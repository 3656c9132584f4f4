import { newRestarts, nextRestartWake, type RestartMachine, stepRestarts } from "@borealis/runner";
import type { Job, RestartReport, TaskState } from "@borealis/schema";
import type { ExecutorSettings } from "./settings.ts";

interface Ended {
  readonly taskId: string;
  readonly taskState: TaskState;
  readonly reason: string | undefined;
}

/** Starts an instance's next task when the machine of the runner's core/restart.ts says so. */
export class Restarts {
  readonly #settings: ExecutorSettings;
  readonly #onDue: () => void;
  #machine: RestartMachine;
  #last: RestartReport["last"];
  #cancel = () => {};

  constructor(job: Job | undefined, settings: ExecutorSettings, onDue: () => void) {
    const { service = false, max_task_failures: maxTaskFailures = 1 } = job ?? {};
    this.#settings = settings;
    this.#onDue = onDue;
    this.#machine = newRestarts({ service, maxTaskFailures }, settings.restartPolicy, settings.clock.now());
  }

  /** Nothing runs, and something will. */
  get waiting(): boolean {
    return this.#machine.phase === "THROTTLED";
  }

  get report(): RestartReport | undefined {
    const { restarts: count, throttledUntil } = this.#machine;
    if (count === 0 && throttledUntil === undefined) return undefined;
    const { clock } = this.#settings;
    const wallLead = clock.wallTime() - clock.now();
    return {
      count,
      ...(throttledUntil === undefined ? {} : { throttledUntil: Math.round(throttledUntil + wallLead) }),
      ...(this.#last === undefined ? {} : { last: this.#last }),
    };
  }

  /** `THROTTLED: the next task starts in 5 s` */
  get sentence(): string {
    const { throttledUntil = 0, restarts, delayMs } = this.#machine;
    if (delayMs === 0) return "the next task starts now";
    const seconds = Math.max(0, throttledUntil - this.#settings.clock.now()) / 1000;
    return `THROTTLED: the next task starts in ${seconds.toFixed(1)} s, after ${restarts} restarts`;
  }

  /** @param startedAt of the task that runs now, in milliseconds since the Unix epoch */
  began(startedAt: number): void {
    const { clock } = this.#settings;
    const agoMs = Math.max(0, clock.wallTime() - startedAt);
    this.#machine = stepRestarts(this.#machine, { type: "began", agoMs }, clock.now());
  }

  /** @returns whether there will be another task. */
  ended({ taskId, taskState, reason }: Ended): boolean {
    const { clock } = this.#settings;
    const at = clock.wallTime();
    this.#last = { taskId, taskState, at, ...(reason === undefined ? {} : { reason }) };
    this.#machine = stepRestarts(
      this.#machine,
      { type: "ended", taskState, random: Math.random() },
      clock.now(),
    );
    this.#arm();
    return this.waiting;
  }

  stop(): void {
    this.#machine = stepRestarts(this.#machine, { type: "stop" }, this.#settings.clock.now());
    this.#cancel();
  }

  #arm(): void {
    this.#cancel();
    const at = nextRestartWake(this.#machine);
    if (at === undefined) return;
    const { clock } = this.#settings;
    this.#cancel = clock.after(at - clock.now(), () => {
      this.#machine = stepRestarts(this.#machine, { type: "tick" }, clock.now());
      if (this.waiting) this.#arm();
      else this.#onDue();
    });
  }
}
