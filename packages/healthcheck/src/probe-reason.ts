import { errors } from "undici";

const LONGEST_QUOTE = 40;

/** Why no complete answer came. `signal` covered the exchange: once it is aborted, that is the cause. */
export function connectionProblem(error: unknown, signal: AbortSignal, port: number): string {
  if (signal.aborted) return signal.reason instanceof Error ? signal.reason.message : String(signal.reason);
  const code = codeOf(error);
  if (code === "ECONNREFUSED") return `connection refused on port ${port}`;
  if (code === "ECONNRESET" || code === "EPIPE") return "connection was reset before the answer was complete";
  if (
    code === "UND_ERR_SOCKET" ||
    code === "UND_ERR_RES_CONTENT_LENGTH_MISMATCH" ||
    code === "HPE_INVALID_EOF_STATE"
  ) {
    return "connection was closed before the answer was complete";
  }
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof errors.HTTPParserError || error instanceof errors.HeadersOverflowError) {
    return `the answer is not HTTP: ${message}`;
  }
  // The error of several addresses has a code and no message.
  return message || code || "the connection failed";
}

function codeOf(error: unknown): string {
  return typeof error === "object" && error !== null && "code" in error ? String(error.code) : "";
}

/** A body as it can stand in a sentence. */
export function quote(body: string): string {
  const text = body.trim();
  return JSON.stringify(text.length > LONGEST_QUOTE ? `${text.slice(0, LONGEST_QUOTE - 1)}…` : text);
}
