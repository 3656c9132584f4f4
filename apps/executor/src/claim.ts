import { EphemeralNodeKeeper, isCode, type ServerSetError, type ZooKeeperSession } from "@borealis/serverset";
import { ExecutorError } from "./errors.ts";

export interface ClaimOptions {
  readonly session: ZooKeeperSession;
  readonly path: string;
  readonly content: () => Buffer;
  /** What is claimed, for messages: `instance www-data/prod/hello/0`. */
  readonly what: string;
  readonly deadlineMs: number;
  /** Somebody else holds it and we wait. */
  readonly onWait: (holder: string) => void;
  /** It has become ours, or is not for the moment: the session expired, or somebody removed it. */
  readonly onHeld?: (held: boolean) => void;
  /** It was ours, our session expired, and somebody else has it now. */
  readonly onLost: (error: ExecutorError) => void;
}

/**
 * An ephemeral znode under a fixed name that only one executor can hold: what it says is read by the dashboard, that it
 * is there keeps anybody else from running the same thing.
 */
export class Claim {
  readonly #options: ClaimOptions;
  readonly #keeper: EphemeralNodeKeeper;
  readonly #settled = Promise.withResolvers<void>();
  #held = false;
  /** It was ours once. */
  #taken = false;
  #problem: ServerSetError | undefined;
  #waiting = false;

  private constructor(options: ClaimOptions) {
    this.#options = options;
    this.#keeper = new EphemeralNodeKeeper({
      session: options.session,
      path: options.path,
      sequential: false,
      content: options.content,
      onChange: ({ phase, path }, problem) => {
        this.#problem = problem;
        const held = path !== undefined;
        const turned = held !== this.#held;
        this.#held = held;
        if (turned) options.onHeld?.(held);
        if (held) {
          this.#taken = true;
          this.#settled.resolve();
        } else if (phase === "contested") {
          void this.#onContested();
        } else if (problem?.code === "NO_AUTH" && !this.#taken) {
          // To wait would not change it.
          this.#settled.reject(this.#refused(problem));
        }
      },
    });
  }

  /** @throws ExecutorError CLAIMED, with the holder, when it is still another's at the deadline. */
  static async take(options: ClaimOptions, signal: AbortSignal): Promise<Claim> {
    const claim = new Claim(options);
    using deadline = options.session.clock.deadline(options.deadlineMs, signal);
    const giveUp = () => claim.#settled.reject(deadline.signal.reason);
    if (deadline.signal.aborted) giveUp();
    else deadline.signal.addEventListener("abort", giveUp, { once: true });
    claim.#keeper.want();
    try {
      await claim.#settled.promise;
      return claim;
    } catch (error) {
      claim.#keeper.unwant();
      claim.close();
      if (!deadline.expired) throw error;
      throw await claim.#refusal();
    }
  }

  /** The content has changed; the newest is written as soon as ZooKeeper takes it. */
  changed(): void {
    this.#keeper.changed();
  }

  get held(): boolean {
    return this.#held;
  }

  /** Gives it up; resolves when the znode is gone. Rejects with the signal's reason if that takes too long. */
  async release(signal: AbortSignal): Promise<void> {
    this.#keeper.unwant();
    await this.#keeper.gone(signal);
    this.close();
  }

  close(): void {
    this.#keeper.close();
  }

  async #onContested(): Promise<void> {
    if (this.#taken) {
      this.#taken = false;
      const holder = await this.#holder();
      // Ours no more: to go on asking for it would take it back when that one stops.
      this.#keeper.unwant();
      this.close();
      const message = `${this.#options.what} was lost to another executor (${holder}) while ZooKeeper could not hear us`;
      this.#options.onLost(new ExecutorError("CLAIM_LOST", message));
    } else if (!this.#waiting) {
      this.#waiting = true;
      this.#options.onWait(await this.#holder());
    }
  }

  #refused(problem: ServerSetError): ExecutorError {
    const message = `ZooKeeper does not let us write ${this.#options.path}; give credentials with --zk-auth-config (${problem.message})`;
    return new ExecutorError("NOT_PERMITTED", message, problem);
  }

  async #refusal(): Promise<ExecutorError> {
    const { what, path, session } = this.#options;
    if (this.#waiting) {
      const message = `${what} is already claimed by another executor (${await this.#holder()}); stop that one, or choose another instance`;
      return new ExecutorError("CLAIMED", message);
    }
    const why = this.#problem?.message ?? session.status.error ?? "ZooKeeper did not answer";
    return new ExecutorError("ZOOKEEPER_UNREACHABLE", `can not write ${path}: ${why}`, this.#problem);
  }

  /** As far as its record tells. */
  async #holder(): Promise<string> {
    try {
      const connection = this.#options.session.current?.connection;
      const record: unknown = JSON.parse(String(await connection?.getData(this.#options.path)));
      const { host, taskId, executorUrl, url } = record as Record<string, unknown>;
      const parts = [host && `host ${host}`, taskId && `task ${taskId}`, executorUrl ?? url].filter(Boolean);
      return parts.length > 0 ? parts.join(", ") : "unknown";
    } catch (error) {
      return isCode(error, "NO_NODE") ? "gone just now" : "its record can not be read";
    }
  }
}
