export const FAILURE_KINDS = [
  "refused",
  "timeout",
  "closed",
  "tls",
  "protocol",
  "status",
  "body",
  "exit",
  "internal",
] as const;

/**
 * Why a check failed, in one word; `reason` says it in a sentence. The `reason` label of the metrics.
 *
 * - `refused`: nothing listens
 * - `timeout`: the deadline came first, whatever the exchange was at
 * - `closed`: the connection ended or was reset before the answer was complete
 * - `tls`: no trusted, encrypted connection came about
 * - `protocol`: what answered does not speak the protocol
 * - `status`: an HTTP status, or a gRPC one, that is not expected
 * - `body`: a body that is not expected, or is too large to be compared
 * - `exit`: the command exited with something else than 0, or a signal ended it
 * - `internal`: the check could not be made: no such command, no permission, a fault of ours
 */
export type FailureKind = (typeof FAILURE_KINDS)[number];

/** What one check came to. Unhealthy is a value, not an exception. */
export type CheckResult =
  | {
      readonly healthy: true;
      readonly durationMs: number;
      /** HTTP's. */
      readonly statusCode?: number;
    }
  | {
      readonly healthy: false;
      readonly kind: FailureKind;
      /** In words, for people. */
      readonly reason: string;
      /** HTTP's status or the command's exit status; absent when it did not come that far. */
      readonly statusCode?: number;
      /** The first 4 KB of the body, or the last 4 KB of what the command wrote. */
      readonly output?: string;
      readonly durationMs: number;
    };

/** Of `output`. */
export const OUTPUT_LIMIT = 4 * 1024;
