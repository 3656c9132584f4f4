import { connect, type LookupFunction, type Socket } from "node:net";
import type { Clock } from "@borealis/clock";
import { Client, type Dispatcher } from "undici";
import { connectionProblem, quote } from "./probe-reason.ts";

/** Which question, and which answer is healthy. */
export interface HttpExpectation {
  readonly endpoint: string;
  /** Compared without blanks at the ends and without regard to case; empty: the body is not looked at, nor is 2xx asked. */
  readonly response: string;
  /** 0: any, as far as `response` allows. */
  readonly code: number;
}

/** The 2014 reference's: `GET /health` answers 2xx and `ok`. */
const DEFAULT_EXPECTATION: HttpExpectation = { endpoint: "/health", response: "ok", code: 0 };

const BODY_LIMIT = 64 * 1024;
const BODY_SHOWN = 4 * 1024;

export type ProbeResult =
  | { readonly healthy: true; readonly statusCode: number; readonly durationMs: number }
  | {
      readonly healthy: false;
      /** In words, for people. */
      readonly reason: string;
      /** Absent when no answer came that far. */
      readonly statusCode?: number;
      /** The first 4 KB of what came. */
      readonly body?: string;
      readonly durationMs: number;
    };

export interface HttpProbeOptions {
  readonly port: number;
  readonly expect?: HttpExpectation;
  readonly timeoutMs: number;
  readonly clock: Clock;
  /** Gives up at once; the result then carries the message of its reason. */
  readonly signal?: AbortSignal;
}

/**
 * One check: GET http://localhost:<port>/health, healthy when it answers 2xx and `ok`, or what `expect` says.
 *
 * One deadline covers connecting, headers and body; undici's own timeouts are off, because they start anew with each
 * byte and a slow drip outlives them. Redirects are an answer like any other: not 2xx. Never throws, and when it
 * settles its socket is gone.
 */
export async function probeHttp({
  port,
  expect = DEFAULT_EXPECTATION,
  timeoutMs,
  clock,
  signal,
}: HttpProbeOptions): Promise<ProbeResult> {
  const startedAt = clock.now();
  const answer: Answer = { body: "", complete: false };
  using deadline = clock.deadline(timeoutMs, signal);
  let problem: string | undefined;
  try {
    await ask({ port, path: expect.endpoint }, timeoutMs, answer, deadline.signal);
  } catch (error) {
    problem = connectionProblem(error, deadline.signal, port);
  }
  const durationMs = clock.now() - startedAt;
  const reason = judge(answer, problem, expect);
  const { statusCode, body } = answer;
  if (statusCode === undefined) return { healthy: false, reason: reason ?? "no answer", durationMs };
  if (reason === undefined) return { healthy: true, statusCode, durationMs };
  return { healthy: false, reason, statusCode, body: body.slice(0, BODY_SHOWN), durationMs };
}

interface Answer {
  statusCode?: number;
  body: string;
  complete: boolean;
}

function judge(
  { statusCode, body, complete }: Answer,
  problem: string | undefined,
  { response, code }: HttpExpectation,
): string | undefined {
  // A wrong status is the verdict even if the body never ended: it says more than the timeout does.
  if (statusCode !== undefined) {
    if (response !== "" && !isSuccess(statusCode)) return `HTTP ${statusCode}`;
    if (code !== 0 && statusCode !== code) return `HTTP ${statusCode}, expected ${code}`;
    if (response === "") return undefined;
  }
  if (problem !== undefined) return problem;
  if (!complete) return `body is larger than ${BODY_LIMIT / 1024} KB`;
  return body.trim().toLowerCase() === response.trim().toLowerCase()
    ? undefined
    : `body is ${quote(body)}, expected "${response}"`;
}

function isSuccess(statusCode: number): boolean {
  return statusCode >= 200 && statusCode < 300;
}

async function ask(
  { port, path }: { port: number; path: string },
  attemptMs: number,
  answer: Answer,
  signal: AbortSignal,
): Promise<void> {
  signal.throwIfAborted();
  let socket: Socket | undefined;
  // Our own connector, so that a socket that is still connecting can be destroyed: a service whose accept queue is
  // full leaves it hanging for minutes.
  const client = new Client(`http://localhost:${port}`, {
    headersTimeout: 0,
    bodyTimeout: 0,
    connect: (_options, callback) => {
      const opened = connect({
        host: "localhost",
        port,
        lookup: bothLoopbacks,
        autoSelectFamily: true,
        autoSelectFamilyAttemptTimeout: attemptMs,
        noDelay: true,
      });
      socket = opened;
      opened.once("error", failed);
      opened.once("connect", () => {
        opened.off("error", failed);
        callback(null, opened);
      });
      function failed(error: Error) {
        callback(error, null);
      }
    },
  });
  try {
    const response = await client.request({ method: "GET", path, reset: true, signal });
    answer.statusCode = response.statusCode;
    await readBody(response, answer);
  } finally {
    socket?.on("error", () => {});
    socket?.destroy();
    await client.destroy();
  }
}

/** Many a hosts file knows `localhost` by one family only, while the service may listen on the other. */
const bothLoopbacks: LookupFunction = (_hostname, _options, found) =>
  found(null, [
    { address: "127.0.0.1", family: 4 },
    { address: "::1", family: 6 },
  ]);

/** Fills in what has come even when it throws half-way. */
async function readBody(response: Dispatcher.ResponseData, answer: Answer): Promise<void> {
  const limit = isSuccess(response.statusCode) ? BODY_LIMIT : BODY_SHOWN;
  const decoder = new TextDecoder();
  let length = 0;
  for await (const chunk of response.body as AsyncIterable<Uint8Array>) {
    answer.body += decoder.decode(chunk.subarray(0, limit - length), { stream: true });
    length += chunk.length;
    if (length > limit) return;
  }
  answer.body += decoder.decode();
  answer.complete = true;
}
