import { EventEmitter } from "node:events";
import { Socket } from "node:net";

/**
 * What has come is copied out of here at once, so all sockets can share it. Without it Node allocates 64 KB for every
 * read and cuts that down to the few bytes there were: most of the memory that a thousand connections took.
 */
const arrivals = Buffer.allocUnsafeSlow(64 * 1024);

/**
 * A connection whose bytes do not pass through the machinery of streams. It reads like any socket to one who waits for
 * `readable` and then calls `read()` without a size, as undici does.
 */
export class LeanSocket extends Socket {
  #arrived: Buffer | null = null;

  constructor() {
    super({ onread: { buffer: arrivals, callback: onArrival } });
  }

  /** A stream with a listener for `readable` asks itself after each step whether that has to be called. */
  override on(event: string, listener: (...args: never[]) => void): this {
    const called = listener as (...args: unknown[]) => void;
    if (event !== "readable") return super.on(event, called);
    EventEmitter.prototype.on.call(this, event, called);
    return this;
  }

  /** undici makes two errors of each connection that ends as it should, and their stacks cost a tenth of a check. */
  override emit(event: string, ...args: unknown[]): boolean {
    if (event !== "close" && event !== "readable") return super.emit(event, ...args);
    const before = Error.stackTraceLimit;
    Error.stackTraceLimit = 0;
    try {
      return super.emit(event, ...args);
    } finally {
      Error.stackTraceLimit = before;
    }
  }

  /** With a size it is Node that asks, to start reading or to find the end. */
  override read(size?: number): Buffer | null {
    if (size !== undefined) return super.read(size);
    const arrived = this.#arrived;
    this.#arrived = null;
    return arrived;
  }

  /** For `onArrival`. */
  arrive(length: number): void {
    const chunk = Buffer.from(arrivals.subarray(0, length));
    this.#arrived = this.#arrived === null ? chunk : Buffer.concat([this.#arrived, chunk]);
    this.emit("readable");
  }
}

function onArrival(this: unknown, length: number): boolean {
  (this as LeanSocket).arrive(length);
  return true;
}
