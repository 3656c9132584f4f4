import type { Clock } from "@borealis/clock";
import type { ExecutorEvent } from "@borealis/schema";
import type { Logger } from "pino";

const MOST_EVENTS = 1_000;

/** What happened in this executor: a bounded memory for the observer API, and a line in the log. */
export class EventLog {
  readonly #events: ExecutorEvent[] = [];
  readonly #clock: Clock;
  readonly #logger: Logger;

  constructor(clock: Clock, logger: Logger) {
    this.#clock = clock;
    this.#logger = logger;
  }

  get events(): readonly ExecutorEvent[] {
    return this.#events;
  }

  tell(kind: ExecutorEvent["kind"], text: string, instance?: string): void {
    this.#record(
      { at: this.#clock.wallTime(), kind, text, ...(instance === undefined ? {} : { instance }) },
      "info",
    );
  }

  warn(kind: ExecutorEvent["kind"], text: string, instance?: string): void {
    this.#record(
      { at: this.#clock.wallTime(), kind, text, ...(instance === undefined ? {} : { instance }) },
      "warn",
    );
  }

  #record(event: ExecutorEvent, level: "info" | "warn"): void {
    this.#events.push(event);
    if (this.#events.length > MOST_EVENTS) this.#events.shift();
    const { kind, text, instance } = event;
    this.#logger[level]({ kind, ...(instance === undefined ? {} : { instance }) }, text);
  }
}
