/**
 * Cuts a byte stream into ZooKeeper frames: four bytes of length, then that many bytes.
 * Keeps the pieces of an unfinished frame apart and joins them once, so a large reply in small chunks stays linear.
 */
export class FrameSplitter {
  #pieces: Buffer[] = [];
  #have = 0;
  #need = 4;
  readonly #largest: number;

  constructor(largestBytes: number) {
    this.#largest = largestBytes;
  }

  /** Calls `take` with each frame that is now whole, its length included. Throws RangeError for a length no frame has. */
  push(chunk: Buffer, take: (frame: Buffer) => void): void {
    this.#pieces.push(chunk);
    this.#have += chunk.length;
    if (this.#have < this.#need) return;
    const bytes = this.#pieces.length === 1 ? chunk : Buffer.concat(this.#pieces, this.#have);
    let offset = 0;
    this.#need = 4;
    while (bytes.length - offset >= 4) {
      const length = bytes.readInt32BE(offset);
      if (length < 0 || length > this.#largest) throw new RangeError(`a frame of ${length} bytes`);
      if (bytes.length - offset < 4 + length) {
        this.#need = 4 + length;
        break;
      }
      take(bytes.subarray(offset, offset + 4 + length));
      offset += 4 + length;
    }
    const rest = bytes.subarray(offset);
    this.#pieces = rest.length === 0 ? [] : [rest];
    this.#have = rest.length;
  }
}
