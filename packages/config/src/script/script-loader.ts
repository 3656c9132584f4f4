import { fileURLToPath } from "node:url";
import type { Loader } from "../api.ts";
import { environmentFor } from "../env.ts";
import { readSource } from "../read-source.ts";
import { endedEarly } from "../sandbox/ended-early.ts";
import { runSandboxed } from "../sandbox/run-sandboxed.ts";
import { ourModules } from "./our-modules.ts";
import { treesIn } from "./script-answer.ts";
import type { ScriptRequest } from "./script-child.ts";
import { ShownPaths } from "./shown-paths.ts";

const MEGABYTE = 1024 ** 2;
const DEFAULT_TIMEOUT_MS = 10_000;
const DEFAULT_MEMORY_BYTES = 512 * MEGABYTE;
/** What Node and the builders take before a configuration has anything. */
const OWN_MEMORY_BYTES = 128 * MEGABYTE;
const MOST_ANSWER_BYTES = 64 * MEGABYTE;

const CHILD = fileURLToPath(new URL("script-child.ts", import.meta.url));

/** Runs a configuration in TypeScript or JavaScript, in a process that can do little else, and takes over its jobs. */
export const loadScript: Loader = async (file, options) => {
  // Tells in the words of the other loaders what is not there, is no text or is too long.
  const read = await readSource(file);
  options.signal?.throwIfAborted();
  if ("problem" in read) return { problems: [read.problem] };
  const paths = await ShownPaths.of(file, options.includeRoot);
  if (paths === undefined) {
    const message = `is not in the include root ${options.includeRoot}`;
    return { problems: [{ rule: "load", path: "", file, message }] };
  }
  if (paths.realRoot.includes("*")) {
    // Node would take it for a pattern, and let the configuration read what it matches.
    const message = `can not be fenced in ${paths.realRoot}: rename the directory that has a * in its name`;
    return { problems: [{ rule: "load", path: "", file, message }] };
  }
  const { timeoutMs = DEFAULT_TIMEOUT_MS, memoryBytes = DEFAULT_MEMORY_BYTES } = options;
  const input: ScriptRequest = {
    file: paths.realFile,
    includeRoot: paths.realRoot,
    environment: environmentFor(options.environment),
  };
  const outcome = await runSandboxed({
    entry: CHILD,
    input,
    readable: [paths.realRoot, ...(await ourModules())],
    deadlineMs: timeoutMs,
    memoryBytes: memoryBytes + OWN_MEMORY_BYTES,
    heapMb: Math.ceil(memoryBytes / MEGABYTE),
    mostOutputBytes: MOST_ANSWER_BYTES,
    signal: options.signal,
  });
  if (outcome.kind === "aborted") throw options.signal?.reason;
  if (outcome.kind === "answer") return treesIn(outcome.answer, paths);
  const limits = { timeoutMs, memoryBytes, answerBytes: MOST_ANSWER_BYTES };
  return { problems: [{ path: "", file, ...endedEarly(outcome, limits) }] };
};
