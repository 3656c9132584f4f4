import type { Page, RecordedResult, Transition } from "./history.ts";
import { type Detail, Details } from "./history-details.ts";
import {
  cutOutput,
  cutReason,
  RESULT_SIZE,
  readAt,
  readResult,
  readTransition,
  TRANSITION_SIZE,
  writeResult,
  writeTransition,
} from "./history-records.ts";
import { RecordRing } from "./history-ring.ts";

export interface HistoryLimits {
  /** Per check. */
  readonly results: number;
  /** Per check. */
  readonly transitions: number;
  /** On disk, all files together, but for those that were damaged and moved aside. In memory it is about a third. */
  readonly bytes: number;
  readonly ageMs: number;
}

export interface CheckHistory {
  readonly name: string;
  readonly id: number;
  readonly results: RecordRing;
  readonly transitions: RecordRing;
  /** The file that is written now knows which name the id stands for. */
  named: boolean;
}

/** Of the check on disk, beside its records and its name. */
const CHECK_OVERHEAD = 32;
/** A ring is not made shorter than this, however many checks there are. */
const SHORTEST = 4;

/** What is remembered of every check, within the limits. It knows nothing of files. */
export class HistoryMemory {
  readonly #limits: HistoryLimits;
  readonly #words: Details;
  readonly #checks = new Map<string, CheckHistory>();
  readonly #result = Buffer.alloc(RESULT_SIZE);
  readonly #transition = Buffer.alloc(TRANSITION_SIZE);
  readonly #onShrink: (results: number, transitions: number) => void;
  #bytes = 0;
  #nextId = 1;
  /** What the rings are limited to: less than what was asked for when there are too many checks. */
  #results: number;
  #transitions: number;

  constructor(limits: HistoryLimits, onShrink: (results: number, transitions: number) => void) {
    this.#limits = limits;
    this.#onShrink = onShrink;
    this.#results = limits.results;
    this.#transitions = limits.transitions;
    this.#words = new Details(limits.bytes / 16);
  }

  /** What it would take to write all of it down; at most about a third of the limit. */
  get byteLength(): number {
    return this.#bytes + this.#words.bytes;
  }

  /** The check, its record as bytes until the next call, and its words. */
  addResult(name: string, result: RecordedResult): [CheckHistory, Buffer, Detail | undefined] {
    const check = this.check(name);
    writeResult(this.#result, result);
    const detail = this.add(
      check,
      check.results,
      this.#result,
      0,
      cutReason(result.reason),
      result.healthy ? undefined : cutOutput(result.output),
    );
    return [check, this.#result, detail];
  }

  addTransition(name: string, transition: Transition): [CheckHistory, Buffer, Detail | undefined] {
    const check = this.check(name);
    writeTransition(this.#transition, transition);
    const detail = this.add(
      check,
      check.transitions,
      this.#transition,
      0,
      cutReason(transition.reason),
      undefined,
    );
    return [check, this.#transition, detail];
  }

  /** After a silence longer than the age it begins anew: that check was forgotten, whether or not it is still here. */
  add(
    check: CheckHistory,
    ring: RecordRing,
    source: Buffer,
    at: number,
    reason: string | undefined,
    output: string | undefined,
  ): Detail | undefined {
    if (latest(check) < readAt(source, at) - this.#limits.ageMs) this.clear(check);
    const before = ring.byteLength;
    const detail = ring.push(source, at, reason, output);
    this.#bytes += ring.byteLength - before;
    if (this.#bytes > this.#limits.bytes / 5) this.#shrink();
    return detail;
  }

  /** A new one when there is none. */
  check(name: string): CheckHistory {
    const known = this.#checks.get(name);
    if (known !== undefined) return known;
    const check = {
      name,
      id: this.#nextId++,
      results: new RecordRing(RESULT_SIZE, this.#results, this.#words),
      transitions: new RecordRing(TRANSITION_SIZE, this.#transitions, this.#words),
      named: false,
    };
    this.#checks.set(name, check);
    this.#bytes += CHECK_OVERHEAD + Buffer.byteLength(name);
    return check;
  }

  all(): IterableIterator<CheckHistory> {
    return this.#checks.values();
  }

  has(check: CheckHistory): boolean {
    return this.#checks.get(check.name) === check;
  }

  names(now: number): string[] {
    const since = now - this.#limits.ageMs;
    return Array.from(this.#checks.values())
      .filter((check) => latest(check) >= since)
      .map(({ name }) => name);
  }

  results(name: string, page: Page, now: number): RecordedResult[] {
    const ring = this.#checks.get(name)?.results;
    return ring === undefined ? [] : this.#page(ring, page, now, readResult);
  }

  /** The newest is there however old it is, as long as the check goes on: since then it has been in its state. */
  transitions(name: string, page: Page, now: number): Transition[] {
    const check = this.#checks.get(name);
    if (check === undefined || latest(check) < now - this.#limits.ageMs) return [];
    return this.#page(check.transitions, page, now, readTransition, 1);
  }

  clear(check: CheckHistory): void {
    this.#drop(check.results, check.results.length);
    this.#drop(check.transitions, check.transitions.length);
  }

  /** Lets go of what is too old, and of checks that are gone. */
  prune(now: number): void {
    const since = now - this.#limits.ageMs;
    for (const check of this.#checks.values()) {
      if (latest(check) < since) {
        this.clear(check);
        this.#checks.delete(check.name);
        this.#bytes -= CHECK_OVERHEAD + Buffer.byteLength(check.name);
        continue;
      }
      for (const [ring, kept] of [
        [check.results, 0],
        [check.transitions, 1],
      ] as const) {
        let old = 0;
        while (old < ring.length - kept && readAt(ring.bytes, ring.offset(old)) < since) old++;
        this.#drop(ring, old);
      }
    }
  }

  #drop(ring: RecordRing, count: number): void {
    this.#bytes -= count * ring.size;
    ring.dropOldest(count);
  }

  #page<Found>(
    ring: RecordRing,
    { limit, before = Number.POSITIVE_INFINITY }: Page,
    now: number,
    read: (bytes: Buffer, offset: number, detail: Detail | undefined) => Found,
    kept = 0,
  ): Found[] {
    const since = now - this.#limits.ageMs;
    const found: Found[] = [];
    for (let index = ring.length - 1; index >= 0 && found.length < limit; index--) {
      const offset = ring.offset(index);
      const at = readAt(ring.bytes, offset);
      const young = at >= since || index >= ring.length - kept;
      if (young && at < before) found.push(read(ring.bytes, offset, ring.detail(index)));
    }
    return found;
  }

  /** The oldest of all go, as each remembers fewer. */
  #shrink(): void {
    const results = Math.max(Math.min(SHORTEST, this.#results), Math.floor(this.#results * 0.75));
    const transitions = Math.max(Math.min(SHORTEST, this.#transitions), Math.floor(this.#transitions * 0.75));
    if (results === this.#results && transitions === this.#transitions) return;
    this.#results = results;
    this.#transitions = transitions;
    for (const check of this.#checks.values()) {
      const before = check.results.byteLength + check.transitions.byteLength;
      check.results.setLimit(results);
      check.transitions.setLimit(transitions);
      this.#bytes += check.results.byteLength + check.transitions.byteLength - before;
    }
    this.#onShrink(results, transitions);
  }
}

function latest({ results, transitions }: CheckHistory): number {
  return Math.max(newest(results), newest(transitions));
}

function newest(ring: RecordRing): number {
  return ring.length === 0 ? Number.NEGATIVE_INFINITY : readAt(ring.bytes, ring.offset(ring.length - 1));
}
