import { type LoadedConfig, type LoadOptions, type LoadResult, loadConfig } from "@borealis/config";
import type { Problem } from "@borealis/schema";
import { bindsOf } from "./binds.ts";
import type { LoadFlags } from "./config-command.ts";
import { problemLine } from "./config-problem.ts";
import { EXIT } from "./exit-codes.ts";
import { CliError } from "./fail.ts";

const MILLISECONDS = 1000;
/** A configuration that is a program runs in a process of its own, which has to go with us. */
const ENDING = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** A configuration, whose jobs may have problems, or why it can not be read at all. */
export async function load(file: string, flags: LoadFlags): Promise<LoadResult> {
  if (file === "-") {
    throw new CliError("a configuration can not be read from standard input; name a file", EXIT.usage);
  }
  const options = loadOptions(flags);
  const stop = new AbortController();
  const end = () => stop.abort();
  for (const signal of ENDING) process.once(signal, end);
  try {
    return await loadConfig(file, { ...options, signal: stop.signal });
  } catch (error) {
    throw stop.signal.aborted ? new CliError("", EXIT.interrupted) : error;
  } finally {
    for (const signal of ENDING) process.off(signal, end);
  }
}

/** A configuration in which no job has a problem. */
export async function loadFlawless(file: string, flags: LoadFlags): Promise<LoadedConfig> {
  const { config, problems } = await load(file, flags);
  if (config === undefined) throw badConfig(problems, file);
  const found = [...config.jobs, ...config.tasks].flatMap((each) => each.problems);
  if (found.length > 0) throw badConfig(found, file);
  return config;
}

export function badConfig(problems: readonly Problem[], file: string): CliError {
  return new CliError(problems.map((problem) => problemLine(problem, file)).join("\n"), EXIT.badConfig);
}

/** What the configuration has to say while it loads, such as what it printed, is not part of the answer. */
export function noteAll(notices: readonly Problem[], file: string): void {
  for (const notice of notices) process.stderr.write(`borealis: ${problemLine(notice, file)}\n`);
}

function loadOptions({ bind = [], timeout, includeRoot }: LoadFlags): LoadOptions {
  return {
    binds: bindsOf(bind),
    ...(timeout === undefined ? {} : { timeoutMs: timeout * MILLISECONDS }),
    ...(includeRoot === undefined ? {} : { includeRoot }),
  };
}
