/** Why an executor could not do what it was asked. docs/errors.md has a row for each; a test holds the two together. */
export const EXECUTOR_ERRORS = {
  USAGE: 2,
  BAD_CONFIG: 3,
  UNBOUND_PORT: 3,
  UNBOUND_REFERENCE: 3,
  UNKNOWN_USER: 3,
  API_TOKEN: 4,
  ADDRESS_IN_USE: 4,
  CLAIMED: 4,
  CLAIM_LOST: 4,
  ZOOKEEPER_UNREACHABLE: 7,
  NOT_PERMITTED: 30,
} as const;

export type ExecutorErrorCode = keyof typeof EXECUTOR_ERRORS;

/** One sentence for the operator; `exitCode` is the process's. */
export class ExecutorError extends Error {
  readonly code: ExecutorErrorCode;

  constructor(code: ExecutorErrorCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = "ExecutorError";
    this.code = code;
  }

  get exitCode(): number {
    return EXECUTOR_ERRORS[this.code];
  }
}
