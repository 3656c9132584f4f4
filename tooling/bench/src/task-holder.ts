import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { nowMs } from "./monotonic.ts";
import { PeerProcess } from "./peer-process.ts";
import type { Held, Ran } from "./peers/task-holder.ts";

const PROGRAM = join(import.meta.dirname, "peers/task-holder.ts");
/** As `borealis` starts: what strips the types takes 30 MB and is not loaded when there is nothing to strip. */
const COMPILED = join(import.meta.dirname, "../../../node_modules/.cache/compiled");
/** As `borealis` starts its own Node. */
const V8_OPTIONS = ["--max-semi-space-size=8", "--heap-growing-percent=30"];

/** A state directory of its own, which goes with all that is in it. */
export class TaskState implements AsyncDisposable {
  readonly directory: string;

  private constructor(directory: string) {
    this.directory = directory;
  }

  static async make(): Promise<TaskState> {
    return new TaskState(await mkdtemp(join(tmpdir(), "borealis-bench-")));
  }

  /** @returns the file that says what the task is */
  async write(name: string, task: object): Promise<string> {
    const file = join(this.directory, `${name}.json`);
    await writeFile(file, JSON.stringify(task));
    return file;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.directory, { recursive: true, force: true });
  }
}

/** An executor of tasks in a process of its own. */
export class TaskHolder implements AsyncDisposable {
  readonly pid: number;
  readonly #peer: PeerProcess;

  private constructor(pid: number, peer: PeerProcess) {
    this.pid = pid;
    this.#peer = peer;
  }

  static async start(state: TaskState): Promise<TaskHolder> {
    // What is compiled is kept when a process ends, for the next.
    await (await TaskHolder.#open(state))[Symbol.asyncDispose]();
    return await TaskHolder.#open(state);
  }

  /** In one go, as an executor that was killed is started again. */
  static async adopt(
    state: TaskState,
    taskId: string,
  ): Promise<{ readonly holder: TaskHolder; readonly held: Held; readonly tookMs: number }> {
    const startedAt = nowMs();
    const holder = await TaskHolder.#open(state, "adopt", taskId);
    const held: Held = JSON.parse(await holder.#peer.line());
    return { holder, held, tookMs: held.atMs - startedAt };
  }

  static async #open({ directory }: TaskState, ...command: readonly string[]): Promise<TaskHolder> {
    const node = [process.execPath, ...V8_OPTIONS, PROGRAM, directory, ...command];
    const peer = new PeerProcess("env", [`NODE_COMPILE_CACHE=${COMPILED}`, ...node]);
    return new TaskHolder(JSON.parse(await peer.line()), peer);
  }

  /** Milliseconds that a bare `bash -c true` takes. */
  async bash(): Promise<number> {
    return JSON.parse(await this.#peer.ask("bash"));
  }

  /** @throws when it does not succeed */
  async run(taskId: string, file: string): Promise<Ran> {
    const ran: Ran = JSON.parse(await this.#peer.ask(`run ${taskId} ${file}`));
    if (ran.taskState !== "SUCCESS") throw new Error(`the task ${taskId} has ended as ${ran.taskState}`);
    return ran;
  }

  async hold(taskId: string, file: string): Promise<Held> {
    return JSON.parse(await this.#peer.ask(`hold ${taskId} ${file}`));
  }

  /** Waits until it does not run. @returns the signal that has ended it, if one has */
  async gone(process: string): Promise<string | null> {
    return JSON.parse(await this.#peer.ask(`gone ${process}`));
  }

  /** @returns the state its task has ended in */
  async end(): Promise<string> {
    return JSON.parse(await this.#peer.ask("end"));
  }

  /** Ends it as a host does that has run out of memory. */
  async kill(): Promise<void> {
    await this.#peer.kill();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#peer[Symbol.asyncDispose]();
  }
}
