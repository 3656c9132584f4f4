import type { Detail } from "./history-details.ts";
import { ABSENT, NAME, NEW, NO_WORDS, RESULT, SAME, TRANSITION, WHOLE } from "./history-entry.ts";
import { FRAME_HEADER, sealFrame } from "./history-frames.ts";
import type { CheckHistory, HistoryMemory } from "./history-memory.ts";
import type { RecordRing } from "./history-ring.ts";

const FIRST_SIZE = 16 * 1024;
/** One that grew beyond this is not kept for the next frame. */
const LARGEST_KEPT = 1024 * 1024;

/** What waits to be written to the newest file, and what that file knows already. */
export class EntryWriter {
  readonly #memory: HistoryMemory;
  #bytes: Buffer = Buffer.allocUnsafeSlow(FIRST_SIZE);
  #length = FRAME_HEADER;
  #spare: Buffer | undefined;
  #records = 0;
  /** Of these the newest file has not all. */
  #todo: CheckHistory[] = [];

  constructor(memory: HistoryMemory) {
    this.#memory = memory;
  }

  /** Bytes that wait. */
  get waiting(): number {
    return this.#length - FRAME_HEADER;
  }

  /** Records that wait. */
  get records(): number {
    return this.#records;
  }

  /** The newest file has everything; older ones are not needed. */
  get complete(): boolean {
    return this.#todo.length === 0;
  }

  result(check: CheckHistory, record: Uint8Array, detail: Detail | undefined): void {
    this.#record(RESULT, check, check.results, record, detail);
  }

  transition(check: CheckHistory, record: Uint8Array, detail: Detail | undefined): void {
    this.#record(TRANSITION, check, check.transitions, record, detail);
  }

  /** What waits as one frame. Give its buffer back when it is written. */
  seal(): Buffer {
    const frame = sealFrame(this.#bytes.subarray(0, this.#length));
    this.#bytes = this.#spare ?? Buffer.allocUnsafeSlow(FIRST_SIZE);
    this.#spare = undefined;
    this.#length = FRAME_HEADER;
    this.#records = 0;
    return frame;
  }

  recycle(frame: Buffer): void {
    if (frame.buffer.byteLength <= LARGEST_KEPT) this.#spare = Buffer.from(frame.buffer);
  }

  /** The file that is written now knows nothing: what waits is dropped, and everything is to be written from memory. */
  startOver(): void {
    this.#length = FRAME_HEADER;
    this.#records = 0;
    this.#todo = Array.from(this.#memory.all());
    for (const check of this.#todo) {
      check.named = false;
      check.results.onDisk = undefined;
      check.transitions.onDisk = undefined;
    }
  }

  /** Lets so many bytes of what the newest file has not yet wait. */
  addWholes(bytes: number): void {
    const until = this.#length + bytes;
    while (this.#length < until) {
      const check = this.#todo.pop();
      if (check === undefined) return;
      if (!this.#memory.has(check)) continue;
      this.#whole(check);
    }
  }

  #record(
    kind: number,
    check: CheckHistory,
    ring: RecordRing,
    record: Uint8Array,
    detail: Detail | undefined,
  ): void {
    this.#name(check);
    this.#room(6 + record.length);
    this.#bytes[this.#length] = kind;
    this.#bytes.writeUInt32LE(check.id, this.#length + 1);
    this.#bytes.set(record, this.#length + 5);
    this.#length += 5 + record.length;
    this.#words(ring, detail);
    this.#records++;
  }

  #whole(check: CheckHistory): void {
    this.#name(check);
    this.#byte(WHOLE);
    this.#number(check.id);
    this.#ring(check.results);
    this.#ring(check.transitions);
  }

  #ring(ring: RecordRing): void {
    this.#number(ring.length);
    this.#room(ring.byteLength);
    ring.copyTo(this.#bytes, this.#length);
    this.#length += ring.byteLength;
    const withWords: number[] = [];
    if (ring.hasDetails) {
      for (let index = 0; index < ring.length; index++) {
        if (ring.detail(index) !== undefined) withWords.push(index);
      }
    }
    this.#number(withWords.length);
    for (const index of withWords) {
      this.#number(index);
      this.#words(ring, ring.detail(index));
    }
  }

  #words(ring: RecordRing, detail: Detail | undefined): void {
    if (detail === undefined || (detail.reason === undefined && detail.output === undefined)) {
      this.#byte(NO_WORDS);
    } else if (detail === ring.onDisk) {
      this.#byte(SAME);
    } else {
      this.#byte(NEW);
      this.#text(detail.reason);
      this.#text(detail.output);
      ring.onDisk = detail;
    }
  }

  #name(check: CheckHistory): void {
    if (check.named) return;
    this.#byte(NAME);
    this.#number(check.id);
    this.#text(check.name);
    check.named = true;
  }

  #byte(value: number): void {
    this.#room(1);
    this.#bytes[this.#length++] = value;
  }

  #number(value: number): void {
    this.#room(4);
    this.#length = this.#bytes.writeUInt32LE(value, this.#length);
  }

  #text(text: string | undefined): void {
    if (text === undefined) return this.#number(ABSENT);
    const size = Buffer.byteLength(text);
    this.#number(size);
    this.#room(size);
    this.#length += this.#bytes.write(text, this.#length);
  }

  #room(bytes: number): void {
    if (this.#length + bytes <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(2 * this.#bytes.length, this.#length + bytes));
    larger.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = larger;
  }
}
