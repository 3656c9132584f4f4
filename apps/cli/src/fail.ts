import type { Command } from "commander";
import { EXIT } from "./exit-codes.ts";

/** A sentence for the person who typed the command, and how the process ends. */
export class CliError extends Error {
  readonly exitCode: number;

  constructor(message: string, exitCode: number) {
    super(message);
    this.name = "CliError";
    this.exitCode = exitCode;
  }
}

/** By the codes of the packages' own errors; the classes are not imported, so that a command loads only what it needs. */
const EXIT_BY_CODE: Readonly<Record<string, number>> = {
  INVALID_SERVERS: EXIT.usage,
  INVALID_PATH: EXIT.usage,
  INVALID_AUTH: EXIT.badConfig,
  NO_NODE: EXIT.negative,
  NO_AUTH: EXIT.auth,
  AUTH_FAILED: EXIT.auth,
  TLS_FAILED: EXIT.network,
  NO_QUORUM: EXIT.network,
  CONNECT_FAILED: EXIT.network,
  CONNECT_TIMEOUT: EXIT.network,
  CONNECTION_LOSS: EXIT.network,
  SESSION_EXPIRED: EXIT.network,
  UNSUPPORTED: EXIT.network,
  PROTOCOL: EXIT.network,
  ABORTED: EXIT.timeout,
};

interface Shown {
  readonly message: string;
  readonly exitCode: number;
}

/** One sentence and an exit code for anything thrown. What nobody foresaw says so, without a stack trace. */
export function describeFailure(error: unknown): Shown {
  if (!(error instanceof Error)) return { message: String(error), exitCode: EXIT.failed };
  const { exitCode, code } = error as { exitCode?: unknown; code?: unknown };
  if (typeof exitCode === "number") return { message: error.message, exitCode };
  if (typeof code === "string" && error.name === "ServerSetError") {
    return { message: error.message, exitCode: EXIT_BY_CODE[code] ?? EXIT.failed };
  }
  return {
    message: `unexpected: ${error.message} (set BOREALIS_DEBUG=1 for the stack)`,
    exitCode: EXIT.failed,
  };
}

/** commander's own complaints, in our voice and with our exit code for wrong usage. */
export function useOurExitCodes(command: Command): void {
  command.configureOutput({
    outputError: (text, write) => write(text.replace(/^error: /, "borealis: ")),
  });
  command.showHelpAfterError(`(see ${fullName(command)} --help)`);
  command.exitOverride((error) => {
    throw new CliError("", error.exitCode === 0 ? EXIT.ok : EXIT.usage);
  });
  for (const sub of command.commands) useOurExitCodes(sub);
}

function fullName(command: Command): string {
  return command.parent === null ? command.name() : `${fullName(command.parent)} ${command.name()}`;
}
