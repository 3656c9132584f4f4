import type { Held } from "./peers/task-holder.ts";
import { TaskHolder, TaskState } from "./task-holder.ts";
import { endLeftOf } from "./task-left.ts";

/** Others may measure on this host at the same time. */
export const TASK_ID = `sleepers-${process.pid}`;

/** One task of many processes that sleep, under an executor that can be killed and replaced. */
export class Sleepers implements AsyncDisposable {
  readonly #state: TaskState;
  #holder: TaskHolder;
  #held: Held | undefined;

  private constructor(state: TaskState, holder: TaskHolder) {
    this.#state = state;
    this.#holder = holder;
  }

  /** Its executor has run a task already: what it needs for the first is not counted for these. */
  static async ready(): Promise<Sleepers> {
    await using owned = new AsyncDisposableStack();
    const state = owned.use(await TaskState.make());
    const holder = owned.use(await TaskHolder.start(state));
    const file = await state.write("true", { processes: [{ name: "true", cmdline: "true" }] });
    await holder.run("warm-up", file);
    // Theirs from now on.
    owned.move();
    return new Sleepers(state, holder);
  }

  get executor(): number {
    return this.#holder.pid;
  }

  /** All of them run when it resolves. */
  async start(count: number): Promise<Held> {
    const processes = Array.from({ length: count }, (_, number) => ({
      name: `sleeper${number}`,
      cmdline: "sleep 1000",
    }));
    const file = await this.#state.write(TASK_ID, { processes });
    this.#held = await this.#holder.hold(TASK_ID, file);
    return this.#held;
  }

  /**
   * Kills the executor and starts another.
   * @returns milliseconds until that one knew of all
   * @throws when it does not know them as they are
   */
  async replace(): Promise<number> {
    await this.#holder.kill();
    const { holder, held, tookMs } = await TaskHolder.adopt(this.#state, TASK_ID);
    this.#holder = holder;
    for (const [name, pid] of Object.entries(this.#held?.pids ?? {})) {
      if (held.pids[name] !== pid) throw new Error(`${name} has pid ${pid}, not ${held.pids[name]}`);
    }
    return tookMs;
  }

  /** Ends the first of them. @throws when the executor does not hear how */
  async endOne(): Promise<void> {
    const [name, pid] = Object.entries(this.#held?.pids ?? {})[0] ?? [];
    if (name === undefined || pid === undefined) throw new Error("none of them runs");
    process.kill(pid, "SIGKILL");
    const signal = await this.#holder.gone(name);
    if (signal !== "SIGKILL") throw new Error(`${name} was killed, and is said to have got ${signal}`);
  }

  /** @throws when anything of the task has outlived it; it does not any more then. */
  async [Symbol.asyncDispose](): Promise<void> {
    const problems: string[] = [];
    try {
      if (this.#held !== undefined) await this.#holder.end();
    } catch (error) {
      problems.push((error as Error).message);
    }
    await this.#holder[Symbol.asyncDispose]();
    const left = this.#held === undefined ? 0 : await endLeftOf(TASK_ID, this.#held.sandbox);
    if (left > 0) problems.push(`${left} processes have outlived their task and were killed`);
    await this.#state[Symbol.asyncDispose]();
    if (problems.length > 0) throw new Error(problems.join("; "));
  }
}
