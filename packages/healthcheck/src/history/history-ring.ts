import type { Detail, Details } from "./history-details.ts";

const FIRST_CAPACITY = 4;

/**
 * The newest records of one kind of one check, oldest first, as bytes of a fixed size each. As objects 5,000 checks with
 * 120 results would be 600,000 objects for the garbage collector to walk; so they are 10 MB that it does not look into.
 */
export class RecordRing {
  readonly size: number;
  /** The words written last to the file that is written now; a record that has the same refers to them. */
  onDisk: Detail | undefined;
  readonly #words: Details;
  #limit: number;
  #bytes: Buffer;
  #capacity = FIRST_CAPACITY;
  #first = 0;
  #length = 0;
  /** By slot; undefined until one has any. */
  #details: (Detail | undefined)[] | undefined;
  #lastDetail: Detail | undefined;

  /** @param size of one record, in bytes. */
  constructor(size: number, limit: number, words: Details) {
    this.size = size;
    this.#limit = limit;
    this.#words = words;
    this.#bytes = Buffer.allocUnsafeSlow(size * FIRST_CAPACITY);
  }

  get length(): number {
    return this.#length;
  }

  /** Of the records, on disk. */
  get byteLength(): number {
    return this.#length * this.size;
  }

  /** @param at where the record is in `source`. */
  push(
    source: Buffer,
    at: number,
    reason: string | undefined,
    output: string | undefined,
  ): Detail | undefined {
    if (this.#length >= this.#limit) this.dropOldest(this.#length - this.#limit + 1);
    if (this.#length === this.#capacity) this.#move(Math.min(this.#limit, 2 * this.#capacity));
    const slot = (this.#first + this.#length) % this.#capacity;
    source.copy(this.#bytes, slot * this.size, at, at + this.size);
    this.#length++;
    const detail = this.#words.keep(reason, output, this.#lastDetail);
    if (detail !== undefined) {
      this.#details ??= new Array<Detail | undefined>(this.#capacity).fill(undefined);
      this.#details[slot] = detail;
      this.#lastDetail = detail;
    }
    return detail;
  }

  /** Where the record is in `bytes`; 0 is the oldest. */
  offset(index: number): number {
    return ((this.#first + index) % this.#capacity) * this.size;
  }

  get bytes(): Buffer {
    return this.#bytes;
  }

  detail(index: number): Detail | undefined {
    return this.#details?.[(this.#first + index) % this.#capacity];
  }

  get hasDetails(): boolean {
    return this.#details !== undefined;
  }

  dropOldest(count: number): void {
    for (let left = Math.min(count, this.#length); left > 0; left--) {
      const detail = this.#details?.[this.#first];
      if (detail !== undefined && this.#details !== undefined) {
        this.#words.release(detail);
        this.#details[this.#first] = undefined;
      }
      this.#first = (this.#first + 1) % this.#capacity;
      this.#length--;
    }
  }

  /** @param limit at least 1. */
  setLimit(limit: number): void {
    this.#limit = limit;
    if (this.#length > limit) this.dropOldest(this.#length - limit);
    if (this.#capacity > limit) this.#move(Math.max(limit, this.#length, 1));
  }

  /** All of them, oldest first. */
  copyTo(target: Uint8Array, at: number): void {
    const untilEnd = Math.min(this.#length, this.#capacity - this.#first);
    const start = this.#first * this.size;
    target.set(this.#bytes.subarray(start, start + untilEnd * this.size), at);
    const rest = this.#length - untilEnd;
    if (rest > 0) target.set(this.#bytes.subarray(0, rest * this.size), at + untilEnd * this.size);
  }

  #move(capacity: number): void {
    const bytes = Buffer.allocUnsafeSlow(capacity * this.size);
    this.copyTo(bytes, 0);
    if (this.#details !== undefined) {
      const details = new Array<Detail | undefined>(capacity).fill(undefined);
      for (let index = 0; index < this.#length; index++) details[index] = this.detail(index);
      this.#details = details;
    }
    this.#bytes = bytes;
    this.#capacity = capacity;
    this.#first = 0;
  }
}
