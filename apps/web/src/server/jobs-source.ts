import type { Clock } from "@borealis/clock";
import { BOREALIS_ROOT } from "@borealis/schema";
import {
  connectZooKeeper,
  mirrorTree,
  type SessionStatus,
  type TreeEvent,
  type TreeMirror,
  type ZooKeeperSession,
} from "@borealis/serverset";
import { JobsModel } from "../features/jobs/model/jobs-model.ts";
import type { SourceStatus } from "../features/source/source-status.ts";

export interface JobsSourceOptions {
  readonly servers: string | undefined;
  readonly serverSetRoot: string;
  readonly clock: Clock;
}

/** The shell around the model: one session, two mirrors, and everybody who waits for a change. */
export class JobsSource {
  readonly model: JobsModel;
  /** Revisions count from the start of the process, so a reader has to know which process they are of. */
  readonly boot: string = crypto.randomUUID();
  readonly #options: JobsSourceOptions;
  readonly #waiting = new Set<() => void>();
  readonly #startedMs: number;
  readonly #closed = new AbortController();
  #session: ZooKeeperSession | undefined;
  #mirrors: readonly TreeMirror[] = [];
  #loaded = false;
  #problem: string | undefined;
  #liveSinceMs = 0;
  #cancelReview = () => {};

  constructor(options: JobsSourceOptions) {
    this.#options = options;
    this.#startedMs = options.clock.wallTime();
    this.model = new JobsModel(options.serverSetRoot);
    if (options.servers !== undefined) this.#open(options.servers);
  }

  get status(): SourceStatus {
    const { clock, serverSetRoot, servers } = this.#options;
    const common = {
      serverSetRoot,
      executors: this.model.executors,
      nowMs: clock.wallTime(),
      ...(servers === undefined ? {} : { servers }),
    };
    if (this.#session === undefined) {
      const error = this.#problem === undefined ? {} : { error: this.#problem };
      return { ...common, ...error, state: "unconfigured", sinceMs: this.#startedMs };
    }
    const { error, server, sinceMs, state } = this.#session.status;
    const link = { ...(server === undefined ? {} : { server }), ...(error === undefined ? {} : { error }) };
    if (this.#loaded) {
      const stale = this.#mirrors.flatMap((mirror) => mirror.staleSinceMs ?? []);
      return stale.length === 0
        ? { ...common, ...link, state: "live", sinceMs: this.#liveSinceMs }
        : { ...common, ...link, state: "stale", sinceMs: Math.min(...stale) };
    }
    if (state === "connected") return { ...common, ...link, state: "loading", sinceMs };
    return { ...common, ...link, state: "connecting", sinceMs: this.#startedMs };
  }

  get closed(): AbortSignal {
    return this.#closed.signal;
  }

  /** Resolves at the next change, or when the signal aborts. */
  changed(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => {
        this.#waiting.delete(wake);
        signal.removeEventListener("abort", wake);
        resolve();
      };
      if (signal.aborted) return resolve();
      signal.addEventListener("abort", wake, { once: true });
      this.#waiting.add(wake);
    });
  }

  /** Ends every stream, and the session. */
  async close(): Promise<void> {
    this.#closed.abort();
    this.#cancelReview();
    await Promise.all(this.#mirrors.map((mirror) => mirror.close()));
    await this.#session?.close();
  }

  #open(servers: string): void {
    try {
      this.#session = connectZooKeeper({ servers, onStatus: (status) => this.#onStatus(status) });
    } catch (error) {
      this.#problem = error instanceof Error ? error.message : String(error);
      return;
    }
    const session = this.#session;
    this.#mirrors = [mirrorTree(session, BOREALIS_ROOT), mirrorTree(session, this.#options.serverSetRoot)];
    for (const mirror of this.#mirrors) mirror.subscribe((event) => this.#onTree(mirror, event));
  }

  #onStatus(_: SessionStatus): void {
    this.model.bump();
    this.#wakeAll();
  }

  #onTree(mirror: TreeMirror, event: TreeEvent): void {
    const nowMs = this.#options.clock.wallTime();
    // Half of the truth is worse than none: with one tree only, every job would look foreign or unannounced.
    if (!this.#loaded) {
      if (this.#mirrors.some(({ state }) => state !== "fresh")) return;
      this.#loaded = true;
      this.#liveSinceMs = nowMs;
      for (const { nodes } of this.#mirrors) this.model.update(nodes.keys(), nodes, nowMs);
    } else if (event.type === "changed") {
      this.model.update(event.paths, mirror.nodes, nowMs);
    } else {
      if (event.type === "fresh") this.#liveSinceMs = nowMs;
      this.model.bump();
    }
    this.#armReview();
    this.#wakeAll();
  }

  #armReview(): void {
    this.#cancelReview();
    const { clock } = this.#options;
    const at = this.model.nextReviewMs;
    if (!Number.isFinite(at)) return;
    this.#cancelReview = clock.after(at - clock.wallTime() + 1, () => {
      this.model.review(clock.wallTime());
      this.#armReview();
      this.#wakeAll();
    });
  }

  #wakeAll(): void {
    for (const wake of [...this.#waiting]) wake();
  }
}
