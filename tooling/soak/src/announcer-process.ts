import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import type { Readable, Writable } from "node:stream";

const PROGRAM = join(import.meta.dirname, "announcer.ts");

/** An announcer that can be killed outright and started again. */
export class AnnouncerProcess implements AsyncDisposable {
  readonly port: number;
  readonly #args: readonly string[];
  readonly #onEnded: (why: string) => void;
  #child: ChildProcessByStdio<Writable, null, Readable> | undefined;

  /** `onEnded`: called when it ends though nobody asked it to. */
  constructor(port: number, args: readonly string[], onEnded: (why: string) => void) {
    this.port = port;
    this.#args = args;
    this.#onEnded = onEnded;
  }

  get running(): boolean {
    return this.#child !== undefined;
  }

  start(): void {
    const child = spawn(process.execPath, [PROGRAM, ...this.#args], { stdio: ["pipe", "ignore", "pipe"] });
    this.#child = child;
    let complaint = "";
    child.stderr.on("data", (chunk: Buffer) => {
      complaint = (complaint + chunk.toString()).slice(-2_000);
    });
    child.once("close", (code, signal) => {
      if (this.#child !== child) return;
      this.#child = undefined;
      this.#onEnded(`announcer ${this.port} ended by itself (${signal ?? code}): ${complaint}`);
    });
  }

  async kill(): Promise<void> {
    await this.#end((child) => child.kill("SIGKILL"));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#end((child) => child.stdin.end());
  }

  async #end(how: (child: ChildProcessByStdio<Writable, null, Readable>) => void): Promise<void> {
    const child = this.#child;
    if (child === undefined) return;
    this.#child = undefined;
    const closed = once(child, "close");
    how(child);
    await closed;
  }
}
