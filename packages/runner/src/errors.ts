/** Why a task could not be run, found or read. docs/errors.md has a row for each; a test holds the two together. */
export const RUNNER_ERRORS = {
  BAD_TASK: 3,
  SANDBOX: 4,
  STATE_DIRECTORY: 4,
  CHECKPOINT: 4,
  TASK_BUSY: 4,
  LAUNCHER: 4,
} as const;

export type RunnerErrorCode = keyof typeof RUNNER_ERRORS;

/** One sentence for the operator; `exitCode` is the process's. */
export class RunnerError extends Error {
  readonly code: RunnerErrorCode;

  constructor(code: RunnerErrorCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = "RunnerError";
    this.code = code;
  }

  get exitCode(): number {
    return RUNNER_ERRORS[this.code];
  }
}

/** `EACCES`, or what it says where it is no error of the system. */
export function reasonOf(error: unknown): string {
  if (error instanceof RunnerError) return error.message;
  return (error as NodeJS.ErrnoException).code ?? (error as Error).message ?? String(error);
}

export function isErrno(error: unknown, ...codes: readonly string[]): boolean {
  return error instanceof Error && codes.includes((error as NodeJS.ErrnoException).code ?? "");
}
