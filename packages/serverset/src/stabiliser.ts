import type { SetEntry } from "./member-reading.ts";

export interface StabiliserOptions {
  /** A removal is shown after so long, if it has not been taken back. */
  readonly removeAfterMs: number;
  /** Holds removals for two session timeouts that would leave less than half of what there was within one. */
  readonly massRemovalGuard: boolean;
  readonly sessionTimeoutMs: () => number;
  /** Without contact for so long, what is shown is marked unusable. */
  readonly probationMs: number;
}

export type StabiliserEvent =
  /** Names and what they are now. `newSession`: all was read, for the first time in a session. */
  | {
      readonly type: "changed";
      readonly after: ReadonlyMap<string, SetEntry | undefined>;
      readonly newSession: boolean;
    }
  | { readonly type: "stale" }
  | { readonly type: "fresh" }
  | { readonly type: "due" };

export interface Stabilised {
  /** What is shown differently now. */
  readonly changes: ReadonlyMap<string, SetEntry | undefined>;
  /** In words, when there is something to worry about. */
  readonly problem?: string;
  /** Feed `due` at this time, when there is one. */
  readonly wakeAt: number | undefined;
}

const FEWEST_HELD = 3;

/**
 * What is shown of a set. Additions at once; a removal
 *
 *   there ──gone──▶ held ──due, and in contact──▶ not shown
 *     ▲              │
 *     └─────back─────┘            (held for no time at all unless asked for, or when too many go at once)
 *
 * Without contact nothing is removed, however long it was due.
 */
export class Stabiliser {
  readonly #options: StabiliserOptions;
  readonly #shown = new Map<string, SetEntry>();
  /** When the removal of each is due. */
  readonly #held = new Map<string, number>();
  #guardedUntil = Number.NEGATIVE_INFINITY;
  /** How many members there were, until when; sizes fall from the first to the last. */
  #sizes: { readonly size: number; until: number }[] = [];
  #members = 0;
  #staleAt: number | undefined;
  #unusable = false;

  constructor(options: StabiliserOptions) {
    this.#options = options;
  }

  get unusable(): boolean {
    return this.#unusable;
  }

  /** Members that are shown although they are gone. */
  get held(): number {
    return this.#held.size;
  }

  step(event: StabiliserEvent, now: number): Stabilised {
    const changes = new Map<string, SetEntry | undefined>();
    let problem: string | undefined;
    switch (event.type) {
      case "changed":
        problem = this.#change(event.after, event.newSession, changes, now);
        break;
      case "stale":
        this.#staleAt ??= now;
        break;
      case "fresh":
        this.#staleAt = undefined;
        this.#unusable = false;
        break;
      case "due":
        problem = this.#probation(now);
        break;
    }
    this.#release(changes, now);
    return { changes, wakeAt: this.#wakeAt(), ...(problem === undefined ? {} : { problem }) };
  }

  #change(
    after: ReadonlyMap<string, SetEntry | undefined>,
    newSession: boolean,
    changes: Map<string, SetEntry | undefined>,
    now: number,
  ): string | undefined {
    const had = this.#most(now);
    const gone: string[] = [];
    for (const [name, entry] of after) {
      const before = this.#shown.get(name);
      if (entry !== undefined) this.#show(name, before, entry, changes);
      else if (before?.member === undefined) this.#hide(name, before, changes);
      else if (!this.#held.has(name)) gone.push(name);
    }
    this.#members -= gone.length;
    const problem = this.#guard(gone.length, had, newSession, now);
    this.#record(now);
    const dueAt =
      problem === undefined ? now + this.#options.removeAfterMs : now + 2 * this.#options.sessionTimeoutMs();
    for (const name of gone) this.#held.set(name, dueAt);
    if (problem !== undefined) this.#boundHeld(had, now);
    if (problem === undefined || now < this.#guardedUntil) {
      if (problem !== undefined) this.#guardedUntil = dueAt;
      return undefined;
    }
    this.#guardedUntil = dueAt;
    return problem;
  }

  #show(
    name: string,
    before: SetEntry | undefined,
    entry: SetEntry,
    changes: Map<string, SetEntry | undefined>,
  ): void {
    const isBack = this.#held.delete(name);
    if (entry.member !== undefined && (before === undefined || isBack)) this.#members += 1;
    if (before === entry) return;
    this.#shown.set(name, entry);
    changes.set(name, entry);
  }

  #hide(name: string, before: SetEntry | undefined, changes: Map<string, SetEntry | undefined>): void {
    if (before === undefined) return;
    this.#shown.delete(name);
    changes.set(name, undefined);
  }

  /** @returns why the `gone` are to be held, in words. */
  #guard(gone: number, had: number, newSession: boolean, now: number): string | undefined {
    if (!this.#options.massRemovalGuard || gone === 0) return undefined;
    const seconds = Math.round((2 * this.#options.sessionTimeoutMs()) / 1000);
    const held = `${gone} removals are held back for ${seconds} s`;
    if (newSession && this.#members === 0) return `the set is empty right after a new session: ${held}`;
    if (now < this.#guardedUntil && this.#members === 0) return held;
    if (this.#members * 2 >= had || had - this.#members <= FEWEST_HELD) return undefined;
    return `of ${had} members ${had - this.#members} have gone at once: ${held}`;
  }

  /** A fleet that comes and goes again and again: no more are shown than there ever were at once. */
  #boundHeld(most: number, now: number): void {
    let tooMany = this.#held.size - most;
    for (const name of this.#held.keys()) {
      if (tooMany <= 0) return;
      this.#held.set(name, now);
      tooMany -= 1;
    }
  }

  /** The largest size within the time that counts as "at once". */
  #most(now: number): number {
    this.#sizes = this.#sizes.filter(({ until }) => until >= now - this.#options.sessionTimeoutMs());
    return Math.max(this.#members, this.#sizes[0]?.size ?? 0);
  }

  #record(now: number): void {
    const last = this.#sizes.at(-1);
    if (last !== undefined && last.until === Number.POSITIVE_INFINITY) last.until = now;
    while ((this.#sizes.at(-1)?.size ?? Number.POSITIVE_INFINITY) <= this.#members) this.#sizes.pop();
    this.#sizes.push({ size: this.#members, until: Number.POSITIVE_INFINITY });
  }

  #release(changes: Map<string, SetEntry | undefined>, now: number): void {
    if (this.#staleAt !== undefined) return;
    for (const [name, dueAt] of this.#held) {
      if (dueAt > now) continue;
      this.#held.delete(name);
      this.#shown.delete(name);
      changes.set(name, undefined);
    }
  }

  #probation(now: number): string | undefined {
    if (this.#staleAt === undefined || this.#unusable) return undefined;
    if (now < this.#staleAt + this.#options.probationMs) return undefined;
    this.#unusable = true;
    const seconds = Math.round(this.#options.probationMs / 1000);
    return `nothing has been heard for ${seconds} s: what is shown may be long gone`;
  }

  #wakeAt(): number | undefined {
    if (this.#staleAt !== undefined)
      return this.#unusable ? undefined : this.#staleAt + this.#options.probationMs;
    let wakeAt: number | undefined;
    for (const dueAt of this.#held.values()) if (wakeAt === undefined || dueAt < wakeAt) wakeAt = dueAt;
    return wakeAt;
  }
}
