import { fromZooKeeperCode, ServerSetError } from "../errors.ts";
import type { LibraryClient, LibraryError } from "./client-library.ts";
import { encodeRequest, LARGEST_REQUEST_BYTES, type ReplyHeader, XID } from "./packets.ts";
import { PendingRequests } from "./pending-requests.ts";
import { OP } from "./raw-operations.ts";
import { FIRST_OWN_NUMBER, RequestNumbers } from "./request-numbers.ts";
import { pathProblem } from "./znode-path.ts";

/** A request that the library does not have. `decode` throws RangeError when the reply is not one to it. */
export interface RawRequest<T> {
  readonly type: number;
  readonly body: Buffer;
  readonly decode: (reply: Buffer) => T;
}

export interface RequestsOptions {
  readonly client: LibraryClient;
  readonly mostPending: number | undefined;
  readonly numbers: RequestNumbers | undefined;
  readonly now: () => number;
  readonly write: (bytes: Buffer) => void;
  /** Why nothing can be asked now. */
  readonly refusal: () => ServerSetError | undefined;
}

const DEFAULT_MOST_PENDING = 1_000;

/** Asks on one connection, by the library or past it, and brings each reply to who asked. */
export class Requests {
  readonly #options: RequestsOptions;
  readonly #mostPending: number;
  readonly #numbers: RequestNumbers;
  readonly #pending = new PendingRequests();

  constructor(options: RequestsOptions) {
    this.#options = options;
    this.#mostPending = options.mostPending ?? DEFAULT_MOST_PENDING;
    this.#numbers = options.numbers ?? new RequestNumbers();
  }

  /** A request that the library encodes, and whose reply it decodes. `send` must make exactly one. */
  ask<T>(
    operation: string,
    path: string,
    send: (client: LibraryClient, done: (error: LibraryError | null, value?: T) => void) => void,
  ): Promise<T> {
    const refusal = this.#refusal(operation, path);
    if (refusal !== undefined) return rejectLater(refusal);
    return new Promise((resolve, reject) => {
      const waiter = { since: this.#options.now(), reject };
      this.#pending.add(waiter);
      this.numberNext();
      try {
        send(this.#options.client, (error, value) => {
          this.#pending.remove(waiter);
          if (error === null || error === undefined) resolve(value as T);
          else reject(fromZooKeeperCode(error.code, operation, path));
        });
      } catch (error) {
        // The library refuses some arguments by throwing; nothing was sent.
        this.#pending.remove(waiter);
        reject(error);
      }
    });
  }

  askRaw<T>(operation: string, path: string, request: RawRequest<T>): Promise<T> {
    const refusal = this.#refusal(operation, path, request.body.length);
    if (refusal !== undefined) return rejectLater(refusal);
    return this.#send(this.#numbers.forOwn(this.#pending.has), request, operation, path);
  }

  /** Not counted: nothing else may be asked before it is answered. */
  tellAuth(body: Buffer): Promise<void> {
    return this.#send(XID.auth, { type: OP.auth, body, decode: () => undefined }, "auth", undefined);
  }

  /** Gives the library the number of its next request. */
  numberNext(): void {
    this.#options.client.connectionManager.xid = this.#numbers.forLibrary();
  }

  /** @returns false for a reply that the library waits for. Throws RangeError for one that nobody does. */
  take(frame: Buffer, { xid, code }: ReplyHeader): boolean {
    if (xid < FIRST_OWN_NUMBER && xid !== XID.auth) return false;
    this.#pending.answer(xid, frame, code);
    return true;
  }

  /** For how long the oldest request under way has waited, ms. */
  get longestWaitMs(): number {
    const { oldest } = this.#pending;
    return oldest === undefined ? 0 : this.#options.now() - oldest;
  }

  rejectAll(error: ServerSetError): void {
    this.#pending.rejectAll(error);
  }

  #refusal(operation: string, path: string, bodyBytes = 0): ServerSetError | undefined {
    const refusal = this.#options.refusal();
    if (refusal !== undefined) return refusal;
    const limit = (reason: string) =>
      new ServerSetError("LIMIT", `${operation} ${path}: ${reason}`, { path });
    if (this.#pending.size >= this.#mostPending) {
      return limit(`${this.#mostPending} requests to ZooKeeper are under way already`);
    }
    // ZooKeeper hangs up on it, and every other request under way would be lost with it.
    if (bodyBytes > LARGEST_REQUEST_BYTES - 8)
      return limit(`${bodyBytes} bytes are more than ZooKeeper takes`);
    return pathProblem(path);
  }

  #send<T>(
    number: number,
    { type, body, decode }: RawRequest<T>,
    operation: string,
    path: string | undefined,
  ): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#pending.expect(number, {
        since: this.#options.now(),
        reject,
        answer: (frame, code) => {
          if (code === 0) resolve(decode(frame));
          else reject(fromZooKeeperCode(code, operation, path));
        },
      });
      this.#options.write(encodeRequest(number, type, body));
    });
  }
}

/** In the next turn: a caller that asks again as soon as it is refused would otherwise never let the socket be read. */
function rejectLater(error: ServerSetError): Promise<never> {
  return new Promise((_, reject) => setImmediate(reject, error));
}
