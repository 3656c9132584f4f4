import { join } from "node:path";
import { describeTypes } from "../../src/python/describe-types.ts";
import type { RunRequest } from "../../src/python/interpreter.ts";
import { readShim } from "../../src/python/shim.ts";
import { runSandboxed } from "../../src/sandbox/run-sandboxed.ts";
import { structTypes } from "../../src/template/builtin-types.ts";

const ROOT = join(import.meta.dirname, "../../../..");

export interface Told {
  readonly rule: string;
  readonly path: string;
  readonly message: string;
  readonly file?: string;
  readonly line?: number;
  readonly column?: number;
  readonly suggestion?: string;
  readonly allowed?: readonly string[];
}

interface Wire {
  readonly t: string;
  readonly v: unknown;
  readonly s?: unknown;
  readonly at?: readonly [file: number, line: number, column: number];
}

export interface Message {
  readonly nodes: readonly Wire[];
  readonly files: readonly string[];
  readonly jobs: readonly number[];
  readonly tasks: readonly number[];
}

/** What Python answers to one configuration. */
export type Answer =
  | {
      readonly ok: true;
      readonly message: Message;
      readonly notices: readonly { readonly text: string }[];
      readonly flaws: readonly Told[];
    }
  | { readonly ok: false; readonly problems: readonly Told[] };

const LIMITS = { depth: 50, includes: 1_000, bytes: 1_000_000, nodes: 20_000, answer: 1_000_000 };

export interface Source {
  /** The file that it is said to be; it need not be there. */
  readonly name?: string;
  readonly source: string;
  readonly environment?: Readonly<Record<string, string>>;
}

/** Runs configurations in one Python. `directory` is what they can include from and open. */
export async function runBatch(
  directory: string,
  sources: readonly Source[],
  timeoutMs = 5_000,
): Promise<Answer[]> {
  const runs: RunRequest[] = sources.map(({ name = "test.aurora", source, environment = {} }) => ({
    path: join(directory, name),
    source,
    kind: name.endsWith(".thermos") ? "thermos" : "aurora",
    root: directory,
    environment,
    limits: LIMITS,
  }));
  const memoryBytes = 256 * 1024 * 1024;
  const outcome = await runSandboxed({
    entry: join(import.meta.dirname, "batch-child.ts"),
    readable: [join(ROOT, "packages"), join(ROOT, "node_modules"), directory],
    deadlineMs: 60_000,
    memoryBytes: 2 * 1024 * 1024 * 1024,
    mostOutputBytes: 64 * 1024 * 1024,
    input: {
      input: { shim: readShim(), types: describeTypes(structTypes), memoryBytes, timeoutMs },
      directory,
      runs,
    },
  });
  if (outcome.kind !== "answer")
    throw new Error(`the batch ended as ${JSON.stringify({ ...outcome, handedOut: undefined })}`);
  return outcome.answer as Answer[];
}

/** A node as plain data, with the place where each object was written left out. */
export function plain({ nodes }: Message, index: number): unknown {
  const value = nodes[index]?.v;
  const type = nodes[index]?.t ?? "";
  if (Array.isArray(value)) {
    if (type.includes("Map"))
      return Object.fromEntries(value.map(([k, v]) => [plainAt(nodes, k), plainAt(nodes, v)]));
    return value.map((child: number) => plainAt(nodes, child));
  }
  if (typeof value !== "object" || value === null) return value;
  if ("float" in value) return value.float;
  if ("plain" in value) return value.plain;
  if ("node" in value) return plainAt(nodes, value.node as number);
  return Object.fromEntries(
    Object.entries(value).map(([name, child]) => [
      name,
      child === null ? null : plainAt(nodes, child as number),
    ]),
  );
}

function plainAt(nodes: readonly Wire[], index: number): unknown {
  return plain({ nodes, files: [], jobs: [], tasks: [] }, index);
}
