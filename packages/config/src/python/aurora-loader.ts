import { realpath } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, extname, join, resolve, sep } from "node:path";
import type { Problem } from "@borealis/schema";
import type { LoadedTrees, Loader, LoadOptions } from "../api.ts";
import { environmentFor } from "../env.ts";
import { MOST_SOURCE_BYTES, readSource } from "../read-source.ts";
import { endedEarly } from "../sandbox/ended-early.ts";
import { looseOf } from "../sandbox/loose.ts";
import { runSandboxed, type SandboxOutcome } from "../sandbox/run-sandboxed.ts";
import { structTypes } from "../template/builtin-types.ts";
import type { ChildInput } from "./child.ts";
import { describeTypes } from "./describe-types.ts";
import { cacheDirectory, userName } from "./env.ts";
import type { RunRequest } from "./interpreter.ts";
import { type Readable, treesOf } from "./outcome.ts";
import { readShim } from "./shim.ts";
import { findSnapshot, MOST_SNAPSHOT_BYTES, snapshotKey, storeSnapshot } from "./snapshot.ts";

const DEFAULT_TIMEOUT_MS = 10_000;
const DEFAULT_MEMORY_BYTES = 512 * 1024 * 1024;
/** For a configuration that caught the interrupt, or a loop in C that does not look at it. */
const PATIENCE_MS = 1_000;
/** What Node and the compiled Python take before a configuration has anything. */
const OWN_MEMORY_BYTES = 512 * 1024 * 1024;
const MOST_ANSWER_BYTES = 64 * 1024 * 1024;
const LIMITS = {
  depth: 50,
  includes: 1_000,
  bytes: MOST_SOURCE_BYTES,
  nodes: 2_000_000,
  answer: MOST_ANSWER_BYTES,
} as const;

// Mounting over these would hide Python's own files from it.
const TAKEN = ["/", "/lib", "/dev", "/proc"];

/** Runs a `.aurora` or `.thermos` file as the Python that it is. */
export const loadAurora: Loader = async (file, options) => {
  options.signal?.throwIfAborted();
  const path = resolve(file);
  const source = await readSource(file);
  if ("problem" in source) return { problems: [source.problem] };
  const root = resolve(options.includeRoot ?? dirname(path));
  const directory = await realpath(root).catch(() => undefined);
  const refused = refuseRoot(root, directory);
  if (refused !== undefined || directory === undefined) return { problems: refused ?? [] };
  const outcome = await runInPython(options, directory, {
    path,
    root,
    source: source.text.replaceAll("\r\n", "\n"),
    kind: extname(path).toLowerCase() === ".thermos" ? "thermos" : "aurora",
    environment: withUser(environmentFor(options.environment)),
    limits: LIMITS,
  });
  if (outcome.kind === "aborted") throw options.signal?.reason;
  return interpret(outcome, { path, root }, options);
};

function interpret(
  outcome: Exclude<SandboxOutcome, { kind: "aborted" }>,
  readable: Readable,
  options: LoadOptions,
): LoadedTrees | { problems: readonly Problem[] } {
  const limits = {
    timeoutMs: options.timeoutMs ?? DEFAULT_TIMEOUT_MS,
    memoryBytes: options.memoryBytes ?? DEFAULT_MEMORY_BYTES,
    answerBytes: MOST_ANSWER_BYTES,
  };
  return outcome.kind === "answer"
    ? treesOf(outcome.answer, outcome.printed, readable, limits)
    : { problems: [{ path: "", ...endedEarly(outcome, limits) }] };
}

async function runInPython(
  options: LoadOptions,
  directory: string,
  run: RunRequest,
): Promise<SandboxOutcome> {
  const shim = readShim();
  const types = describeTypes(structTypes);
  const key = snapshotKey([pyodideVersion(), types, ...shim.map(({ source }) => source)]);
  const cache = cacheDirectory();
  const memoryBytes = options.memoryBytes ?? DEFAULT_MEMORY_BYTES;
  const timeoutMs = options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
  const input: ChildInput = { shim, types, memoryBytes, timeoutMs, run, directory };
  const request = {
    entry: join(import.meta.dirname, "child.ts"),
    readable: [...programDirectories(), directory],
    deadlineMs: timeoutMs + PATIENCE_MS,
    memoryBytes: memoryBytes + OWN_MEMORY_BYTES,
    mostOutputBytes: MOST_ANSWER_BYTES + 1024,
    signal: options.signal,
  };
  {
    await using snapshot = await findSnapshot(cache, key);
    if (snapshot !== undefined) {
      const resumed = { ...input, shim: [], types: "", hasSnapshot: true };
      const outcome = await runSandboxed({ ...request, input: resumed, handIn: snapshot.fd });
      if (!isBroken(outcome)) return outcome;
    }
  }
  const outcome = await runSandboxed({ ...request, input, mostHandedOutBytes: MOST_SNAPSHOT_BYTES });
  // A child that was ended before may have handed out a part of it.
  const isWhole = outcome.kind === "answer" || ("started" in outcome && outcome.started);
  if (outcome.handedOut !== undefined && isWhole) await storeSnapshot(cache, key, outcome.handedOut);
  return outcome;
}

/** Before a configuration ran, the snapshot was to blame; it is made anew. */
function isBroken(outcome: SandboxOutcome): boolean {
  if (outcome.kind === "answer") return looseOf(outcome.answer)["broken"] !== undefined;
  return outcome.kind === "died" && !outcome.started;
}

function withUser(environment: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const user = userName();
  return user === undefined ? environment : { LOGNAME: user, USER: user, ...environment };
}

function refuseRoot(root: string, directory: string | undefined): Problem[] | undefined {
  const message =
    directory === undefined
      ? `${root}, from where files are included, is no directory`
      : TAKEN.includes(root) || directory.includes("*")
        ? `files can not be included from ${root}: name a directory below it with --include-root`
        : undefined;
  return message === undefined ? undefined : [{ rule: "load", path: "", message }];
}

function pyodideVersion(): string {
  const { version } = createRequire(import.meta.url)("pyodide/package.json") as { version: string };
  return version;
}

/** The sandboxed process reads its own program: this repository's packages and what they depend on. */
function programDirectories(): string[] {
  const packages = resolve(import.meta.dirname, "../../..");
  const pyodide = createRequire(import.meta.url).resolve("pyodide/package.json");
  const modules = pyodide.slice(
    0,
    pyodide.lastIndexOf(`${sep}node_modules${sep}`) + `${sep}node_modules`.length,
  );
  return [packages, modules];
}
