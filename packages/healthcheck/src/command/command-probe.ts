import type { Clock } from "@borealis/clock";
import type { RunAs } from "@borealis/processes";
import type { CheckResult } from "../probes/check-result.ts";
import type { Probe } from "../probes/probe.ts";
import { type CommandEnd, explain, messageOf, runCommand } from "./command-run.ts";
import { type Output, OutputPipe } from "./output-pipe.ts";

const COMMAND_SHOWN = 80;
const OUTPUT_SHOWN = 160;

export interface CommandProbeOptions {
  /** For `/bin/bash -c`. */
  readonly command: string;
  /** Where it runs, and its HOME. Default: where we do, and `/`. */
  readonly directory?: string;
  /** USER and LOGNAME. */
  readonly user: string;
  /** Whose rights it has; needs root. Default: ours. */
  readonly runAs?: RunAs;
}

export interface CommandProbeDeps {
  readonly clock: Clock;
  readonly bash?: string;
  readonly setpriv?: string;
}

/**
 * Healthy is a command that exits with 0 in time. It gets nothing of our environment but PATH, its stdin is empty, and
 * of what it writes the end is kept. Whatever it started ends with it, in the background or not: a check is no way to
 * start a service.
 */
export function commandProbe(
  options: CommandProbeOptions,
  { clock, bash = "/bin/bash", setpriv = "setpriv" }: CommandProbeDeps,
): Probe {
  const run = { ...options, bash, setpriv };
  // What is kept for the next check, if it can be.
  let pipe: OutputPipe | undefined;
  let closed = false;

  async function ask(signal: AbortSignal): Promise<{ end: CommandEnd; written: string }> {
    const through = pipe ?? (await OutputPipe.make(signal));
    pipe = undefined;
    let output: Output | undefined;
    try {
      signal.throwIfAborted();
      output = through.open();
      const end = await runCommand(run, output, clock, signal);
      return { end, written: output.tail() };
    } finally {
      output?.close();
      if (through.clean && !closed) pipe = through;
      else through.close();
    }
  }

  return {
    async check(signal) {
      const startedAt = clock.now();
      let end: CommandEnd;
      let written = "";
      try {
        ({ end, written } = await ask(signal));
      } catch (error) {
        end = signal.aborted ? { stopped: messageOf(signal.reason) } : { problem: await explain(error, run) };
      }
      return { ...judge(end, written, options), durationMs: clock.now() - startedAt };
    },

    close() {
      closed = true;
      pipe?.close();
      pipe = undefined;
    },
  };
}

type WithoutDuration<Result> = Result extends unknown ? Omit<Result, "durationMs"> : never;

function judge(
  end: CommandEnd,
  written: string,
  { command, runAs }: CommandProbeOptions,
): WithoutDuration<CheckResult> {
  if ("exitCode" in end && end.exitCode === 0) return { healthy: true };
  const output = written === "" ? {} : { output: written };
  const name = `Command '${beginning(command)}'`;
  if ("problem" in end) {
    return { healthy: false, kind: "internal", reason: `${name} can not be run: ${end.problem}`, ...output };
  }
  const wrote = `with output '${ending(written)}'`;
  if ("stopped" in end) {
    return {
      healthy: false,
      kind: "timeout",
      reason: `${name} was ended ${wrote}: ${end.stopped}`,
      ...output,
    };
  }
  if ("killedBy" in end) {
    return {
      healthy: false,
      kind: "exit",
      reason: `${name} was ended by ${end.killedBy} ${wrote}`,
      ...output,
    };
  }
  // No such user, no bash: setpriv says so in the command's place.
  if (runAs !== undefined && written.startsWith("setpriv: ")) {
    return {
      healthy: false,
      kind: "internal",
      reason: `${name} can not be run: ${ending(written)}`,
      ...output,
    };
  }
  const { exitCode } = end;
  const reason = `${name} returned non-zero exit status ${exitCode} ${wrote}`;
  return { healthy: false, kind: "exit", reason, statusCode: exitCode, ...output };
}

function beginning(text: string): string {
  const line = oneLine(text);
  return line.length > COMMAND_SHOWN ? `${line.slice(0, COMMAND_SHOWN - 1)}…` : line;
}

/** Where programs say what went wrong. */
function ending(text: string): string {
  const line = oneLine(text);
  return line.length > OUTPUT_SHOWN ? `…${line.slice(1 - OUTPUT_SHOWN)}` : line;
}

function oneLine(text: string): string {
  return text.replaceAll(/[\s\p{Cc}]+/gu, " ").trim();
}
