import { errors } from "undici";
import { TlsError } from "../http/http-connector.ts";
import type { FailureKind } from "./check-result.ts";

const LONGEST_QUOTE = 40;

export interface Failure {
  readonly kind: FailureKind;
  /** In words, for people. */
  readonly reason: string;
}

const CLOSED: Failure = { kind: "closed", reason: "connection was closed before the answer was complete" };

/** What undici says in a message alone of an answer that nobody asked for. */
const UNASKED: Readonly<Record<string, string>> = {
  "bad response": "100 Continue, which nobody asked for",
  "bad upgrade": "101 Switching Protocols, which nobody asked for",
};

const FAILURES: Readonly<Record<string, (message: string) => Failure>> = {
  ECONNRESET: () => ({ kind: "closed", reason: "connection was reset before the answer was complete" }),
  EPIPE: () => ({ kind: "closed", reason: "connection was reset before the answer was complete" }),
  UND_ERR_SOCKET(message) {
    const unasked = UNASKED[message];
    return unasked === undefined ? CLOSED : { kind: "protocol", reason: `the answer is ${unasked}` };
  },
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: () => CLOSED,
  HPE_INVALID_EOF_STATE: () => CLOSED,
  // undici takes such for a fault of its own.
  ERR_ASSERTION: () => ({ kind: "protocol", reason: "the answer is not HTTP: its status is none" }),
  UND_ERR_HEADERS_OVERFLOW: () => ({
    kind: "protocol",
    reason: "the answer is not HTTP: its headers are larger than 16 KB",
  }),
  UND_ERR_INVALID_ARG: (message) => ({
    kind: "internal",
    reason: `the question can not be asked: ${message}`,
  }),
};

/** Why no complete answer came. */
export function failureOf(error: unknown, port: number): Failure {
  if (error instanceof TlsError)
    return { kind: "tls", reason: `no trusted connection: ${wordsOf(error.cause)}` };
  const code = codeOf(error);
  if (code === "ECONNREFUSED") return { kind: "refused", reason: `connection refused on port ${port}` };
  const known = FAILURES[code];
  const words = wordsOf(error);
  if (known !== undefined) return known(words);
  if (error instanceof errors.HTTPParserError) {
    return { kind: "protocol", reason: `the answer is not HTTP: ${words}` };
  }
  // After the connection had come about.
  if (code.startsWith("ERR_SSL_")) return { kind: "tls", reason: `no trusted connection: ${words}` };
  return { kind: "internal", reason: words };
}

/** The deadline or whoever stopped the check says why itself. */
export function abortion(signal: AbortSignal): Failure {
  return { kind: "timeout", reason: wordsOf(signal.reason) };
}

function wordsOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  // OpenSSL's message is a line of a log, with a file name of OpenSSL's.
  if ("reason" in error && typeof error.reason === "string") return error.reason;
  // The error of several addresses has a code and no message. Node's advice is for who starts Node.
  return (
    error.message.replace(/; if the root CA is installed.*$/, "") || codeOf(error) || "the connection failed"
  );
}

function codeOf(error: unknown): string {
  return typeof error === "object" && error !== null && "code" in error ? String(error.code) : "";
}

/** A body as it can stand in a sentence. */
export function quote(body: string): string {
  const text = body.trim();
  return JSON.stringify(text.length > LONGEST_QUOTE ? `${text.slice(0, LONGEST_QUOTE - 1)}…` : text);
}
