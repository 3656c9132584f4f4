import type { Socket } from "node:net";
import { Client, type Dispatcher } from "undici";
import { connectTo, type Target } from "./http-connector.ts";

/** Long enough for any interval: it is the service that ends an idle connection, or the probe. */
const KEEP_IDLE_MS = 24 * 60 * 60 * 1000;

/**
 * One connection at a time, to one target after the other, through one undici client.
 *
 * A client is far dearer than a connection and it cares little whom it is connected to, so those of checks that do not
 * keep their connection are lent from one to the next.
 */
export class HttpConnection {
  readonly #client: Client;
  #target: Target | undefined;
  #socket: Socket | undefined;
  #opened = 0;
  #connected = false;
  #fault: Error | undefined;
  #onGone: (() => void) | undefined;

  constructor() {
    this.#client = new Client("http://localhost", {
      // They start anew with each byte; the deadline of a check covers all of it.
      headersTimeout: 0,
      bodyTimeout: 0,
      // With 1 it goes round the event loop once more after each answer. There is never more than one question.
      pipelining: 2,
      keepAliveTimeout: KEEP_IDLE_MS,
      keepAliveMaxTimeout: KEEP_IDLE_MS,
      maxHeaderSize: 16 * 1024,
      allowH2: false,
      connect: (_options, callback) => {
        if (this.#target === undefined) return callback(new Error("nobody is asked"), null);
        connectTo(this.#target, {
          onSocket: (socket) => {
            this.#socket = socket;
            this.#opened++;
            this.#fault = undefined;
          },
          onConnected: (socket) => {
            this.#connected = true;
            if (this.#target?.tls !== undefined) socket.once("error", (error) => (this.#fault = error));
            callback(null, socket);
            // After undici's own, or the client would be lent on while it still holds this socket.
            socket.on("close", () => this.#gone(socket));
          },
          onFailed: (error) => {
            callback(error, null);
            this.#gone(this.#socket);
          },
        });
      },
    });
  }

  /** How many connections there have been: what tells a reused one from a new one. */
  get opened(): number {
    return this.#opened;
  }

  /** What ended an encrypted connection: undici keeps only that it ended. */
  get fault(): Error | undefined {
    return this.#fault;
  }

  /** False while a connection is sought, and encrypted. */
  get connected(): boolean {
    return this.#connected;
  }

  ask(target: Target, question: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): void {
    this.#target = target;
    this.#client.dispatch(question, handler);
  }

  /** Ends the connection, whatever it is at. */
  drop(error?: Error): void {
    this.#socket?.destroy(error);
  }

  /** Calls back when there is no connection any more: at once, if there is none. */
  whenGone(callback: () => void): void {
    if (this.#socket === undefined) callback();
    else this.#onGone = callback;
  }

  close(): void {
    void this.#client.destroy();
  }

  #gone(socket: Socket | undefined): void {
    if (this.#socket !== socket) return;
    this.#socket = undefined;
    this.#connected = false;
    const callback = this.#onGone;
    this.#onGone = undefined;
    callback?.();
  }
}
