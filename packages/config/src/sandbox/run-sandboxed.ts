import { type ChildProcess, type StdioOptions, spawn } from "node:child_process";
import { dirname } from "node:path";
import { Readable } from "node:stream";
import { type Clock, systemClock } from "@borealis/clock";
import { BoundedText } from "./bounded-text.ts";
import { ANSWER_END, ANSWER_FD, type Envelope, HANDED_IN_FD, HANDED_OUT_FD } from "./descriptors.ts";
import { watchMemory } from "./memory-watch.ts";

export interface SandboxRequest {
  /** The program, a file that calls `serve`. */
  readonly entry: string;
  /** What it is asked, as JSON. Nothing else of this process reaches it; its environment is empty. */
  readonly input: unknown;
  /** Files and directories that it may read. It may write none. */
  readonly readable: readonly string[];
  /** From where the foreign code begins. */
  readonly deadlineMs: number;
  /** For all that has to happen before that. */
  readonly startMs?: number;
  /** What the process may hold altogether. */
  readonly memoryBytes: number;
  /** V8's own heap, in megabytes. */
  readonly heapMb?: number;
  readonly mostOutputBytes: number;
  /** An open file for it to read. */
  readonly handIn?: number | undefined;
  /** How much it may hand out before foreign code runs. Nothing without this. */
  readonly mostHandedOutBytes?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** How a sandboxed program ended, and the beginning of what it wrote to stdout and stderr. */
export type SandboxOutcome = Ended & { readonly printed: string; readonly handedOut?: Buffer | undefined };

type Ended =
  | { readonly kind: "answer"; readonly answer: unknown }
  | {
      readonly kind: "died";
      readonly code: number | null;
      readonly signal: NodeJS.Signals | null;
      readonly started: boolean;
    }
  | { readonly kind: "too-slow"; readonly started: boolean }
  | { readonly kind: "too-much-output" }
  | { readonly kind: "too-much-memory" }
  | { readonly kind: "aborted" }
  | { readonly kind: "not-started"; readonly message: string };

type Gone =
  | { readonly code: number | null; readonly signal: NodeJS.Signals | null }
  | { readonly error: Error };

type Ending = "too-slow" | "too-much-output" | "too-much-memory" | "aborted";

/** Node's own threads work beside the program. */
const CPU_FACTOR = 2;
/** What a piece of output takes to hold, beside its bytes. */
const CHUNK_BYTES = 256;
const DEFAULT_START_MS = 30_000;
const DEFAULT_HEAP_MB = 512;
const MOST_PRINTED_BYTES = 64 * 1024;
// What V8 says before it ends the process.
const OUT_OF_HEAP = /JavaScript heap out of memory|Array buffer allocation failed/;
const LINE_END = ANSWER_END.charCodeAt(0);

/**
 * Runs a program that nobody vouches for in a process of its own: it may read what is listed, and that is all. It is
 * always gone when this resolves. A process and not a thread, because a fatal error of V8 ends the process it is in,
 * Node's permissions bind processes, and only a process can be killed whatever it does.
 */
export async function runSandboxed(
  request: SandboxRequest,
  clock: Clock = systemClock,
): Promise<SandboxOutcome> {
  if (request.signal?.aborted) return { kind: "aborted", printed: "" };
  const wide = request.readable.find((path) => path.includes("*"));
  if (wide !== undefined) {
    // Node would take it for all that begins like it.
    return { kind: "not-started", message: `a * in its path can not be granted: ${wide}`, printed: "" };
  }
  const child = spawn("/bin/sh", [...withinCpuTime(request), process.execPath, ...nodeArguments(request)], {
    cwd: dirname(request.entry),
    env: {},
    stdio: stdio(request),
  });
  return new Run(request, child, clock).outcome;
}

/** Whoever waits for the child may be killed: then this ends it, if it is a loop. A shell sets it and becomes the child. */
function withinCpuTime({ deadlineMs, startMs = DEFAULT_START_MS }: SandboxRequest): string[] {
  const seconds = Math.ceil((CPU_FACTOR * (startMs + deadlineMs)) / 1000);
  return ["-c", 'ulimit -t "$0"; unset PWD OLDPWD; exec "$@"', `${seconds}`];
}

function nodeArguments({ entry, readable, heapMb = DEFAULT_HEAP_MB }: SandboxRequest): string[] {
  return [
    "--permission",
    ...readable.map((path) => `--allow-fs-read=${path}`),
    "--disallow-code-generation-from-strings",
    // SQLite opens files past the permissions.
    "--no-experimental-sqlite",
    "--no-warnings",
    `--max-old-space-size=${heapMb}`,
    entry,
  ];
}

function stdio({ handIn, mostHandedOutBytes }: SandboxRequest): StdioOptions {
  return [
    "pipe",
    "pipe",
    "pipe",
    "pipe",
    handIn ?? "ignore",
    mostHandedOutBytes === undefined ? "ignore" : "pipe",
  ];
}

function envelope({ input, handIn, mostHandedOutBytes }: SandboxRequest): Envelope {
  const opened = [];
  if (handIn !== undefined) opened.push(HANDED_IN_FD);
  if (mostHandedOutBytes !== undefined) opened.push(HANDED_OUT_FD);
  return { input, opened };
}

/** One child, from its start until it is gone and all it wrote is read. The first reason to end it is the one told. */
class Run {
  readonly outcome: Promise<SandboxOutcome>;
  readonly #request: SandboxRequest;
  readonly #child: ChildProcess;
  readonly #clock: Clock;
  readonly #printed = new BoundedText(MOST_PRINTED_BYTES);
  readonly #answer: Buffer[] = [];
  readonly #handedOut: Buffer[] = [];
  #answerBytes = 0;
  #handedOutBytes = 0;
  #started = false;
  #answered = false;
  #ending: Ending | undefined;
  #cancelDeadline: () => void;

  constructor(request: SandboxRequest, child: ChildProcess, clock: Clock) {
    this.#request = request;
    this.#child = child;
    this.#clock = clock;
    const abort = () => this.#end("aborted");
    request.signal?.addEventListener("abort", abort, { once: true });
    this.#cancelDeadline = clock.after(request.startMs ?? DEFAULT_START_MS, () => this.#end("too-slow"));
    const memory =
      child.pid === undefined
        ? undefined
        : watchMemory(child.pid, request.memoryBytes, clock, () => this.#end("too-much-memory"));
    this.#connect();
    this.outcome = this.#gone().then((gone) => {
      this.#cancelDeadline();
      memory?.[Symbol.dispose]();
      request.signal?.removeEventListener("abort", abort);
      return { ...this.#tell(gone), printed: this.#printed.text, handedOut: this.#whatWasHandedOut() };
    });
  }

  #connect(): void {
    const { stdin, stdout, stderr } = this.#child;
    // A child that dies before it has read everything is told of by its end, not by the broken pipe.
    stdin?.on("error", () => {});
    stdin?.end(JSON.stringify(envelope(this.#request)));
    if (stdout !== null) this.#printed.follow(stdout);
    if (stderr !== null) this.#printed.follow(stderr);
    this.#read(ANSWER_FD, (chunk) => this.#take(chunk));
    this.#read(HANDED_OUT_FD, (chunk) => this.#takeHandedOut(chunk));
  }

  #read(fd: number, take: (chunk: Buffer) => void): void {
    const stream = (this.#child.stdio as readonly unknown[])[fd];
    if (stream instanceof Readable) stream.on("error", () => {}).on("data", take);
  }

  #take(chunk: Buffer): void {
    if (!this.#started && chunk[0] === LINE_END) {
      this.#begin();
      chunk = chunk.subarray(1);
    }
    this.#answerBytes += chunk.length + CHUNK_BYTES;
    if (this.#answerBytes > this.#request.mostOutputBytes) this.#end("too-much-output");
    else this.#answer.push(chunk);
    if (chunk.at(-1) === LINE_END) this.#complete();
  }

  /** Nothing more can come: V8 may take its time to end, and has been seen not to when it still compiled. */
  #complete(): void {
    if (this.#ending === undefined) this.#answered = true;
    this.#child.kill("SIGKILL");
  }

  #begin(): void {
    this.#started = true;
    this.#cancelDeadline();
    if (this.#ending !== undefined) return;
    this.#cancelDeadline = this.#clock.after(this.#request.deadlineMs, () => this.#end("too-slow"));
  }

  #takeHandedOut(chunk: Buffer): void {
    this.#handedOutBytes += chunk.length;
    if (this.#handedOutBytes <= (this.#request.mostHandedOutBytes ?? 0)) this.#handedOut.push(chunk);
  }

  #whatWasHandedOut(): Buffer | undefined {
    const complete =
      this.#handedOutBytes > 0 && this.#handedOutBytes <= (this.#request.mostHandedOutBytes ?? 0);
    return complete ? Buffer.concat(this.#handedOut) : undefined;
  }

  #end(why: Ending): void {
    if (!this.#answered) this.#ending ??= why;
    this.#child.kill("SIGKILL");
  }

  #gone(): Promise<Gone> {
    return new Promise((resolve) => {
      this.#child.once("error", (error) => resolve({ error }));
      this.#child.once("close", (code, signal) => resolve({ code, signal }));
    });
  }

  #tell(gone: Gone): Ended {
    if ("error" in gone) return { kind: "not-started", message: gone.error.message };
    if (this.#ending === "too-slow") return { kind: "too-slow", started: this.#started };
    if (this.#ending !== undefined) return { kind: this.#ending };
    const text = Buffer.concat(this.#answer).toString("utf8");
    const died = { kind: "died", code: gone.code, signal: gone.signal, started: this.#started } as const;
    if (!this.#answered) return OUT_OF_HEAP.test(this.#printed.text) ? { kind: "too-much-memory" } : died;
    try {
      return { kind: "answer", answer: JSON.parse(text) };
    } catch {
      // Written by the foreign code in our stead.
      return { kind: "answer", answer: undefined };
    }
  }
}
