import { type IncomingMessage, request } from "node:http";
import { systemClock } from "@borealis/clock";
import { EXIT } from "./exit-codes.ts";
import { CliError } from "./fail.ts";

const LARGEST_ANSWER = 64 * 1024 ** 2;
const LONGEST_SHOWN = 500;

export interface ApiRequest {
  readonly method: "GET" | "PUT" | "DELETE";
  /** Each is escaped. */
  readonly path: readonly string[];
  readonly query?: Readonly<Record<string, string | undefined>>;
  readonly body?: unknown;
  readonly token?: string;
}

/** `@borealis/schema`'s, of the answer that is expected. */
interface Shape<T> {
  safeParse(value: unknown): { success: true; data: T } | { success: false };
}

/**
 * Asks an executor on this host. No proxy is asked whatever the environment says, and no redirect is followed: the
 * token is for nobody else.
 */
export async function askExecutor<T>(
  executor: URL,
  asked: ApiRequest,
  shape: Shape<T>,
  timeoutS: number,
): Promise<T> {
  using deadline = systemClock.deadline(timeoutS * 1000);
  let answer: { readonly status: number; readonly text: string };
  try {
    answer = await exchange(executor, asked, deadline.signal);
  } catch (error) {
    if (error instanceof CliError) throw error;
    if (deadline.expired) {
      const message = `the executor at ${executor.origin} did not answer within ${timeoutS} s; give more with --timeout`;
      throw new CliError(message, EXIT.timeout);
    }
    const { code, message } = error as NodeJS.ErrnoException;
    const why = code === "ECONNREFUSED" ? "nothing listens there" : message;
    throw new CliError(`can not ask the executor at ${executor.origin}: ${why}`, EXIT.network);
  }
  const json = parsed(answer.text);
  if (answer.status !== 200) throw refusal(executor, answer.status, json, answer.text);
  const read = shape.safeParse(json);
  if (read.success) return read.data;
  throw new CliError(`${executor.origin} answered what no executor of this version does`, EXIT.network);
}

async function exchange(
  executor: URL,
  { method, path, query = {}, body, token }: ApiRequest,
  signal: AbortSignal,
): Promise<{ status: number; text: string }> {
  const url = new URL(`/v1/health${path.map((part) => `/${encodeURIComponent(part)}`).join("")}`, executor);
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined) url.searchParams.set(name, value);
  }
  const headers = {
    accept: "application/json",
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    ...(body === undefined ? {} : { "content-type": "application/json" }),
  };
  // An agent of its own: the global one obeys NODE_USE_ENV_PROXY.
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    request(url, { method, headers, signal, agent: false }, resolve)
      .on("error", reject)
      .end(body === undefined ? undefined : JSON.stringify(body));
  });
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > LARGEST_ANSWER) {
      throw new CliError(`${executor.origin} answered more than 64 MB; is it an executor?`, EXIT.network);
    }
    chunks.push(chunk);
  }
  return { status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString("utf8") };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const EXIT_BY_STATUS: Readonly<Record<number, number>> = {
  400: EXIT.usage,
  401: EXIT.auth,
  403: EXIT.auth,
  404: EXIT.negative,
};

function refusal(executor: URL, status: number, json: unknown, text: string): CliError {
  const { error } = (json ?? {}) as { error?: unknown };
  const words = (typeof error === "string" ? error : text).trim().slice(0, LONGEST_SHOWN);
  const message = `the executor at ${executor.origin} answered ${status}: ${words || "without a word"}`;
  return new CliError(message, EXIT_BY_STATUS[status] ?? EXIT.failed);
}
