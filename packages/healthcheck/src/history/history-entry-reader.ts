import { ABSENT, NAME, NEW, NO_WORDS, RESULT, SAME, TRANSITION, WHOLE } from "./history-entry.ts";
import type { CheckHistory, HistoryMemory } from "./history-memory.ts";
import type { RecordRing } from "./history-ring.ts";

/** Takes up the frames of one file, in their order. */
export class EntryReader {
  readonly #memory: HistoryMemory;
  readonly #checks = new Map<number, CheckHistory>();
  #bytes: Buffer = Buffer.alloc(0);
  #at = 0;

  constructor(memory: HistoryMemory) {
    this.#memory = memory;
    for (const check of memory.all()) {
      check.results.onDisk = undefined;
      check.transitions.onDisk = undefined;
    }
  }

  /** @throws RangeError when it makes no sense: it was not written by this format. */
  read(payload: Buffer): void {
    this.#bytes = payload;
    this.#at = 0;
    while (this.#at < payload.length) this.#entry();
  }

  #entry(): void {
    const kind = this.#bytes[this.#skip(1)];
    const id = this.#number();
    if (kind === NAME) {
      this.#checks.set(id, this.#memory.check(this.#text() ?? ""));
      return;
    }
    const check = this.#checks.get(id);
    if (check === undefined) throw new RangeError(`no name for the check ${id}`);
    if (kind === RESULT) this.#record(check, check.results);
    else if (kind === TRANSITION) this.#record(check, check.transitions);
    else if (kind === WHOLE) {
      this.#memory.clear(check);
      this.#ring(check, check.results);
      this.#ring(check, check.transitions);
    } else throw new RangeError(`no entry is of the kind ${kind}`);
  }

  #record(check: CheckHistory, ring: RecordRing): void {
    const at = this.#skip(ring.size);
    this.#push(check, ring, at, this.#words());
  }

  #ring(check: CheckHistory, ring: RecordRing): void {
    const count = this.#number();
    const start = this.#skip(count * ring.size);
    const words = new Map<number, Words | undefined>();
    for (let left = this.#number(); left > 0; left--) {
      const index = this.#number();
      words.set(index, this.#words());
    }
    for (let index = 0; index < count; index++) {
      this.#push(check, ring, start + index * ring.size, words.get(index));
    }
  }

  #push(check: CheckHistory, ring: RecordRing, at: number, words: Words | undefined): void {
    if (words === undefined) this.#memory.add(check, ring, this.#bytes, at, undefined, undefined);
    else if (words === SAME) {
      this.#memory.add(check, ring, this.#bytes, at, ring.onDisk?.reason, ring.onDisk?.output);
    } else ring.onDisk = this.#memory.add(check, ring, this.#bytes, at, words.reason, words.output);
  }

  #words(): Words | undefined {
    const kind = this.#bytes[this.#skip(1)];
    if (kind === NO_WORDS) return undefined;
    if (kind === SAME) return SAME;
    if (kind !== NEW) throw new RangeError(`no words are of the kind ${kind}`);
    return { reason: this.#text(), output: this.#text() };
  }

  #text(): string | undefined {
    const size = this.#number();
    if (size === ABSENT) return undefined;
    const at = this.#skip(size);
    return this.#bytes.toString("utf8", at, at + size);
  }

  #number(): number {
    return this.#bytes.readUInt32LE(this.#skip(4));
  }

  /** Where it was. */
  #skip(size: number): number {
    const at = this.#at;
    this.#at += size;
    if (this.#at > this.#bytes.length) throw new RangeError("an entry ends too early");
    return at;
  }
}

type Words = typeof SAME | { readonly reason: string | undefined; readonly output: string | undefined };
