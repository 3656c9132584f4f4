import { readFileSync, renameSync, writeFileSync } from "node:fs";
import type { Clock } from "@borealis/clock";
import { type Snooze, snoozeSchema } from "@borealis/schema";
import { z } from "zod";

const contentsSchema = z.record(z.string(), z.record(z.string(), snoozeSchema));

/**
 * Snoozes that outlive the process: whoever restarts an executor, or an instance, does not end what somebody else asked
 * for. A file that can not be used is told of and costs the snoozes in it, nothing more.
 */
export class SnoozeFile {
  readonly #path: string | undefined;
  readonly #clock: Clock;
  readonly #onProblem: (text: string) => void;
  readonly #snoozes: Map<string, ReadonlyMap<string, Snooze>>;

  constructor(path: string | undefined, clock: Clock, onProblem: (text: string) => void) {
    this.#path = path;
    this.#clock = clock;
    this.#onProblem = onProblem;
    this.#snoozes = this.#read();
  }

  /** Those of an instance that are not over, by check. */
  of(instance: string): ReadonlyMap<string, Snooze> {
    const now = this.#clock.wallTime();
    return new Map([...(this.#snoozes.get(instance) ?? [])].filter(([, { until }]) => until > now));
  }

  keep(instance: string, snoozes: Iterable<readonly [check: string, snooze: Snooze]>): void {
    const kept = new Map(snoozes);
    if (kept.size === 0 && !this.#snoozes.has(instance)) return;
    if (kept.size === 0) this.#snoozes.delete(instance);
    else this.#snoozes.set(instance, kept);
    this.#write();
  }

  #read(): Map<string, ReadonlyMap<string, Snooze>> {
    if (this.#path === undefined) return new Map();
    try {
      const contents = contentsSchema.parse(JSON.parse(readFileSync(this.#path, "utf8")));
      return new Map(
        Object.entries(contents).map(([instance, byCheck]) => [instance, new Map(Object.entries(byCheck))]),
      );
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOENT") {
        this.#onProblem(`snoozes of before are lost: ${this.#path} can not be read (${reasonOf(error)})`);
      }
      return new Map();
    }
  }

  #write(): void {
    if (this.#path === undefined) return;
    const now = this.#clock.wallTime();
    const contents = Object.fromEntries(
      [...this.#snoozes].map(([instance, byCheck]) => [
        instance,
        Object.fromEntries([...byCheck].filter(([, { until }]) => until > now)),
      ]),
    );
    try {
      // A process that is killed while it writes leaves the file of before.
      const next = `${this.#path}.next`;
      writeFileSync(next, JSON.stringify(contents), { mode: 0o600 });
      renameSync(next, this.#path);
    } catch (error) {
      this.#onProblem(`snoozes end with this process: ${this.#path} can not be written (${reasonOf(error)})`);
    }
  }
}

function reasonOf(error: unknown): string {
  if (error instanceof z.ZodError || error instanceof SyntaxError) return "its contents are not ours";
  return (error as NodeJS.ErrnoException).code ?? (error as Error).message;
}
