import type { Clock } from "@borealis/clock";
import type { Dispatcher } from "undici";
import { OUTPUT_LIMIT } from "../probes/check-result.ts";
import type { HttpConnection } from "./http-connection.ts";

const BODY_LIMIT = 64 * 1024;

/** How much of an answer's body has to be read: to know whether it is healthy, to show it, or none of it. */
export type BodyNeed = "all" | "start" | "none";

const LIMITS: Readonly<Record<BodyNeed, number>> = { all: BODY_LIMIT, start: OUTPUT_LIMIT, none: 0 };

export interface ExchangeOptions {
  readonly connection: HttpConnection;
  /** Read the body to its end whatever of it is needed, as the next question could not be asked otherwise. */
  readonly keepAlive: boolean;
  readonly clock: Clock;
  /** Decides by the head of the answer. */
  readonly need: (statusCode: number, location: string | undefined) => BodyNeed;
  readonly onEnd: (exchange: HttpExchange) => void;
}

/**
 * One question and what came of it. It ends once, by the first of these: enough of an answer, an error, `abandon`.
 * Then a connection that can not be used again is closed, and `onEnd` called when it is gone.
 */
export class HttpExchange implements Dispatcher.DispatchHandler {
  statusCode: number | undefined;
  location: string | undefined;
  /** Why there is no complete answer, as far as one was needed. */
  error: unknown;
  /** The body went on after the limit. */
  tooLarge = false;
  /** At least a byte of an answer came. */
  begun = false;
  /** It came as far as asking. */
  connected = true;
  endedAt = 0;
  readonly #options: ExchangeOptions;
  #chunks: Buffer[] = [];
  #length = 0;
  #need: BodyNeed = "all";
  #limit = BODY_LIMIT;
  #ended = false;

  constructor(options: ExchangeOptions) {
    this.#options = options;
  }

  /** As far as it came. */
  get body(): string {
    return this.#bytes().toString();
  }

  /** Its first 4 KB, decoded by themselves: a piece of a string would keep all of that string in memory. */
  get start(): string {
    return this.#bytes().toString("utf8", 0, OUTPUT_LIMIT);
  }

  #bytes(): Buffer {
    const [first] = this.#chunks;
    return first !== undefined && this.#chunks.length === 1 ? first : Buffer.concat(this.#chunks);
  }

  abandon(error: unknown): void {
    this.#end(error);
  }

  // undici insists on it.
  onRequestStart(): void {}

  onResponseStarted(): void {
    this.begun = true;
  }

  onResponseStart(
    _controller: unknown,
    statusCode: number,
    { location }: Record<string, string | string[] | undefined>,
  ): void {
    // Such as 103 Early Hints: the answer is still to come.
    if (statusCode < 200) return;
    this.statusCode = statusCode;
    this.location = typeof location === "string" ? location : location?.[0];
    this.#need = this.#options.need(statusCode, this.location);
    this.#limit = this.#options.keepAlive ? BODY_LIMIT : LIMITS[this.#need];
    if (this.#limit === 0) this.#end(undefined);
  }

  onResponseData(_controller: unknown, chunk: Buffer): void {
    if (this.#ended) return;
    this.#chunks.push(chunk);
    this.#length += chunk.length;
    if (this.#length <= this.#limit) return;
    this.tooLarge = this.#need === "all";
    this.#end(undefined);
  }

  onResponseEnd(): void {
    if (this.#ended) return;
    this.#ended = true;
    const { connection, clock, keepAlive, onEnd } = this.#options;
    this.endedAt = clock.now();
    // Later, when the parser is done: what came behind the answer must not be taken for the next one.
    if (keepAlive) return queueMicrotask(() => onEnd(this));
    // undici would do so in a moment, but with an error whose stack Node writes out each time.
    connection.drop();
    connection.whenGone(() => onEnd(this));
  }

  onResponseError(_controller: unknown, error: Error): void {
    this.#end(this.#options.connection.fault ?? error);
  }

  #end(error: unknown): void {
    if (this.#ended) return;
    this.#ended = true;
    // What is known of an answer by its head alone is known, even if the rest never comes.
    if (this.statusCode === undefined || this.#need === "all") this.error = error;
    this.endedAt = this.#options.clock.now();
    const { connection, onEnd } = this.#options;
    this.connected = connection.connected;
    connection.drop(DROPPED);
    connection.whenGone(() => onEnd(this));
  }
}

/** Made once: an error costs its stack. */
const DROPPED = new Error("the check is over");
