import type { Readable } from "node:stream";

/** The beginning of what a stream says. The rest is read, so that nobody waits for it, and dropped. */
export class BoundedText {
  readonly #chunks: Buffer[] = [];
  readonly #mostBytes: number;
  #bytes = 0;
  #cut = false;

  constructor(mostBytes: number) {
    this.#mostBytes = mostBytes;
  }

  follow(stream: Readable): void {
    stream.on("data", (chunk: Buffer) => {
      const room = this.#mostBytes - this.#bytes;
      if (chunk.length > room) this.#cut = true;
      if (room <= 0) return;
      const kept = chunk.subarray(0, room);
      this.#chunks.push(kept);
      this.#bytes += kept.length;
    });
  }

  get text(): string {
    return Buffer.concat(this.#chunks).toString("utf8") + (this.#cut ? "…" : "");
  }
}
