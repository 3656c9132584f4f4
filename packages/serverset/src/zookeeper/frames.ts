/** Smaller chunks are gathered in blocks of GATHER_BYTES: a view of each would take many times its bytes. */
const SMALL_BYTES = 4_096;
const GATHER_BYTES = 16_384;

/** Four bytes where a length belongs say what no frame of ours can have. */
export class FrameLengthError extends RangeError {
  readonly bytes: number;
  constructor(bytes: number) {
    super(`a frame of ${bytes} bytes`);
    this.name = "FrameLengthError";
    this.bytes = bytes;
  }
}

/**
 * Cuts a byte stream into ZooKeeper frames: four bytes of length, then that many bytes.
 * Keeps the pieces of an unfinished frame apart and joins them once, so a large reply in small chunks stays linear;
 * what a frame only declares takes no memory.
 */
export class FrameSplitter {
  /** The longest frame taken; may change between frames. */
  largestBytes: number;
  #pieces: Buffer[] = [];
  #gathering: Buffer = Buffer.alloc(0);
  /** Where in #gathering the bytes begin that are no piece yet, and where they end. */
  #from = 0;
  #to = 0;
  #have = 0;
  #need = 4;

  constructor(largestBytes: number) {
    this.largestBytes = largestBytes;
  }

  /** Calls `take` with each frame that is now whole, its length included. Throws FrameLengthError. */
  push(chunk: Buffer, take: (frame: Buffer) => void): void {
    const whole = this.#have === 0 ? chunk : undefined;
    this.#have += chunk.length;
    if (this.#have < this.#need) return this.#keep(chunk);
    const bytes = whole ?? this.#join(chunk);
    let offset = 0;
    this.#need = 4;
    while (bytes.length - offset >= 4) {
      const length = bytes.readInt32BE(offset);
      if (length < 0 || length > this.largestBytes) throw new FrameLengthError(length);
      if (bytes.length - offset < 4 + length) {
        this.#need = 4 + length;
        break;
      }
      take(bytes.subarray(offset, offset + 4 + length));
      offset += 4 + length;
    }
    this.#have = bytes.length - offset;
    if (this.#have > 0) this.#keep(bytes.subarray(offset));
  }

  #keep(piece: Buffer): void {
    if (piece.length >= SMALL_BYTES) {
      this.#flush();
      this.#pieces.push(piece);
      return;
    }
    if (this.#to + piece.length > this.#gathering.length) {
      this.#flush();
      this.#gathering = Buffer.allocUnsafeSlow(GATHER_BYTES);
      this.#from = this.#to = 0;
    }
    this.#to += piece.copy(this.#gathering, this.#to);
  }

  #flush(): void {
    if (this.#to > this.#from) this.#pieces.push(this.#gathering.subarray(this.#from, this.#to));
    this.#from = this.#to;
  }

  #join(last: Buffer): Buffer {
    this.#flush();
    const bytes = Buffer.concat([...this.#pieces, last], this.#have);
    this.#pieces = [];
    // All of it was copied.
    this.#from = this.#to = 0;
    return bytes;
  }
}
