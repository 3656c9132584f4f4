import { createSharedHttp, type SharedHttp } from "@borealis/healthcheck";
import { VERSION } from "../version.ts";
import type { StopAnswer } from "./stop-event.ts";
import type { StopRequest } from "./stop-plan.ts";

type Connection = ReturnType<SharedHttp["borrow"]>;
type Handler = Parameters<Connection["ask"]>[2];

/** What is read of an answer's body before it is cut off: nobody looks at it. */
const BODY_LIMIT = 64 * 1024;
/** There is no such thing to be asked. */
const NOT_HANDLED: ReadonlySet<number> = new Set([404, 405, 501]);

/**
 * POSTs to a process that it should stop. As in Aurora any answer will do, a redirect and a 500 too, but for 404, 405
 * and 501, with which a server says that it knows no such request. One that hangs up instead of answering took notice as
 * well: many do nothing but exit.
 *
 * The answer is known with its head. Its body is read on until the signal aborts, as some work for as long as they
 * write, and take a lost connection for a change of mind.
 * @param http the connections of the health checks; without it there is one for this request alone.
 * @param signal the end of the exchange: before an answer it is the only thing that ends the waiting for one.
 */
export function postStop(
  { port, path }: StopRequest,
  {
    http = createSharedHttp(),
    signal,
  }: { readonly http?: SharedHttp | undefined; readonly signal: AbortSignal },
): Promise<StopAnswer> {
  if (signal.aborted) return Promise.resolve({ handled: false, text: "not asked" });
  // That of the health checks: straight to this host, by whichever address the process listens on.
  const connection = http.borrow();
  return new Promise((resolve) => {
    const exchange = new StopExchange(resolve, () => {
      signal.removeEventListener("abort", abandon);
      // With an error, or a connection that is only sought would not tell that it is gone.
      connection.drop(OVER);
      connection.whenGone(() => http.giveBack(connection));
    });
    const abandon = () => exchange.abandon();
    signal.addEventListener("abort", abandon, { once: true });
    const headers = { host: `localhost:${port}`, "user-agent": `borealis-executor/${VERSION}` };
    const question = { method: "POST", path, headers, reset: true, body: null } as const;
    connection.ask({ port }, question, exchange);
  });
}

const OVER = new Error("the request is over");

/** Answered once, by the first thing that tells; over once, after that. */
class StopExchange implements Handler {
  readonly #answer: (answer: StopAnswer) => void;
  readonly #over: () => void;
  #isOver = false;
  #asked = false;
  #length = 0;

  constructor(answer: (answer: StopAnswer) => void, over: () => void) {
    this.#answer = answer;
    this.#over = over;
  }

  abandon(): void {
    this.#end({ handled: false, text: "no answer" });
  }

  onRequestStart(): void {
    this.#asked = true;
  }

  onResponseStart(_controller: unknown, statusCode: number): void {
    // Such as 103 Early Hints: the answer is still to come.
    if (statusCode < 200) return;
    this.#answer({ handled: !NOT_HANDLED.has(statusCode), text: String(statusCode) });
  }

  onResponseData(_controller: unknown, chunk: Buffer): void {
    this.#length += chunk.length;
    if (this.#length > BODY_LIMIT) this.abandon();
  }

  onResponseEnd(): void {
    this.abandon();
  }

  onResponseError(_controller: unknown, error: Error): void {
    this.#end(this.#asked ? hungUp(error) : { handled: false, text: refusal(error) });
  }

  #end(answer: StopAnswer): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#answer(answer);
    this.#over();
  }
}

/** Nobody was there to be asked. */
function refusal(error: Error): string {
  return codeOf(error) === "ECONNREFUSED" ? "connection refused" : `not reached: ${error.message}`;
}

/** A connection that ended is an answer of sorts; words that are no HTTP are none. */
function hungUp(error: Error): StopAnswer {
  const ended = ["UND_ERR_SOCKET", "ECONNRESET", "EPIPE"].includes(String(codeOf(error)));
  return ended
    ? { handled: true, text: "by hanging up" }
    : { handled: false, text: `no HTTP answer: ${error.message}` };
}

function codeOf(error: Error): unknown {
  return "code" in error ? error.code : undefined;
}
