import { readFileSync } from "node:fs";
import { open, rename } from "node:fs/promises";
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
  #snoozes: Map<string, ReadonlyMap<string, Snooze>> | undefined;
  #written: Promise<void> = Promise.resolve();

  constructor(path: string | undefined, clock: Clock, onProblem: (text: string) => void) {
    this.#path = path;
    this.#clock = clock;
    this.#onProblem = onProblem;
  }

  /** Those of an instance that are not over, by check. */
  of(instance: string): ReadonlyMap<string, Snooze> {
    const now = this.#clock.wallTime();
    return new Map([...(this.#known().get(instance) ?? [])].filter(([, { until }]) => until > now));
  }

  keep(instance: string, snoozes: Iterable<readonly [check: string, snooze: Snooze]>): void {
    const kept = new Map(snoozes);
    const known = this.#known();
    if (kept.size === 0 && !known.has(instance)) return;
    if (kept.size === 0) known.delete(instance);
    else known.set(instance, kept);
    this.#written = this.#written.then(() => this.#write());
  }

  /** Until what was kept is on the disk, or told of. */
  settled(): Promise<void> {
    return this.#written;
  }

  /** Read when the first instance begins, not before: an executor that waits for another's claim finds what that one left. */
  #known(): Map<string, ReadonlyMap<string, Snooze>> {
    this.#snoozes ??= this.#read();
    return this.#snoozes;
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

  async #write(): Promise<void> {
    if (this.#path === undefined) return;
    const now = this.#clock.wallTime();
    const contents = Object.fromEntries(
      [...this.#known()].map(([instance, byCheck]) => [
        instance,
        Object.fromEntries([...byCheck].filter(([, { until }]) => until > now)),
      ]),
    );
    try {
      // A process that is killed while it writes, or a host without power, leaves the file of before.
      const next = `${this.#path}.next`;
      const file = await open(next, "w", 0o600);
      try {
        await file.writeFile(JSON.stringify(contents));
        await file.sync();
      } finally {
        await file.close();
      }
      await rename(next, this.#path);
    } catch (error) {
      this.#onProblem(`snoozes end with this process: ${this.#path} can not be written (${reasonOf(error)})`);
    }
  }
}

function reasonOf(error: unknown): string {
  if (error instanceof z.ZodError || error instanceof SyntaxError) return "its contents are not ours";
  return (error as NodeJS.ErrnoException).code ?? (error as Error).message;
}
