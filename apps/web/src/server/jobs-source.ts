import type { Clock } from "@borealis/clock";
import { BOREALIS_ROOT } from "@borealis/schema";
import {
  connectZooKeeper,
  mirrorTree,
  readSecurityFiles,
  type Security,
  type SecurityFiles,
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
  /** What ZooKeeper wants before it lets us in; without it the connection is plain and nobody's. */
  readonly security?: SecurityFiles | undefined;
  /** What is wrong with the settings, in words: nothing is opened then. */
  readonly problem?: string | undefined;
  readonly clock: Clock;
}

/** A mirror does not tell when reading begins to fail, it only knows: it is looked at so often. */
const LOOK_MS = 500;

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
  /** Reading does not succeed although there is a session: why, and since when we know. */
  #refusal: { readonly error: string; readonly sinceMs: number } | undefined;
  #liveSinceMs = 0;
  #cancelReview = () => {};
  #cancelLook = () => {};

  constructor(options: JobsSourceOptions) {
    this.#options = options;
    this.#startedMs = options.clock.wallTime();
    this.model = new JobsModel(options.serverSetRoot);
    this.#problem = options.problem;
    if (options.servers === undefined || options.problem !== undefined) return;
    if (options.security === undefined) this.#open(options.servers, {});
    else void this.#openSecurely(options.servers, options.security);
  }

  get status(): SourceStatus {
    const { clock, serverSetRoot, servers } = this.#options;
    const [first] = this.model.unreadable;
    const unreadable = first && {
      unreadable: { path: first[0], reason: first[1], count: this.model.unreadable.size },
    };
    const common = {
      serverSetRoot,
      executors: this.model.executors,
      nowMs: clock.wallTime(),
      ...(servers === undefined ? {} : { servers }),
      ...unreadable,
    };
    if (this.#session === undefined) {
      const error = this.#problem === undefined ? {} : { error: this.#problem };
      return { ...common, ...error, state: "unconfigured", sinceMs: this.#startedMs };
    }
    const { server, sinceMs, state } = this.#session.status;
    const refusal = state === "connected" ? this.#refusal : undefined;
    const error = refusal?.error ?? this.#session.status.error;
    const link = { ...(server === undefined ? {} : { server }), ...(error === undefined ? {} : { error }) };
    if (this.#loaded) {
      const stale = this.#mirrors.flatMap((mirror) => mirror.staleSinceMs ?? []);
      if (refusal !== undefined) stale.push(refusal.sinceMs);
      return stale.length === 0
        ? { ...common, ...link, state: "live", sinceMs: this.#liveSinceMs }
        : { ...common, ...link, state: "stale", sinceMs: Math.min(...stale) };
    }
    if (refusal !== undefined) {
      return { ...common, ...link, state: "refused", sinceMs: refusal.sinceMs };
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
    this.#cancelLook();
    await Promise.all(this.#mirrors.map((mirror) => mirror.close()));
    await this.#session?.close();
  }

  async #openSecurely(servers: string, files: SecurityFiles): Promise<void> {
    try {
      const { security, warnings } = await readSecurityFiles(files);
      for (const warning of warnings) process.emitWarning(warning);
      if (!this.#closed.signal.aborted) this.#open(servers, security);
    } catch (error) {
      this.#refuse("BOREALIS_ZK_…", error);
    }
  }

  #refuse(setting: string, error: unknown): void {
    this.#problem = `${setting}: ${error instanceof Error ? error.message : String(error)}`;
    this.model.bump();
    this.#wakeAll();
  }

  #open(servers: string, security: Security): void {
    try {
      const onStatus = (status: SessionStatus) => this.#onStatus(status);
      this.#session = connectZooKeeper({ servers, ...security, onStatus });
    } catch (error) {
      return this.#refuse("BOREALIS_ZK", error);
    }
    const session = this.#session;
    this.#mirrors = [mirrorTree(session, BOREALIS_ROOT), mirrorTree(session, this.#options.serverSetRoot)];
    for (const mirror of this.#mirrors) mirror.subscribe((event) => this.#onTree(mirror, event));
    this.#armLook();
  }

  #armLook(): void {
    this.#cancelLook = this.#options.clock.after(LOOK_MS, () => {
      if (this.#lookForRefusal()) {
        this.model.bump();
        this.#wakeAll();
      }
      this.#armLook();
    });
  }

  /** @returns whether it is another than before. */
  #lookForRefusal(): boolean {
    const before = this.#refusal;
    const error = this.#mirrors.find(({ problem }) => problem !== undefined)?.problem?.message;
    if (error === before?.error) return false;
    const sinceMs = before?.sinceMs ?? this.#options.clock.wallTime();
    this.#refusal = error === undefined ? undefined : { error, sinceMs };
    return true;
  }

  #onStatus(_: SessionStatus): void {
    this.model.bump();
    this.#wakeAll();
  }

  #onTree(mirror: TreeMirror, event: TreeEvent): void {
    const nowMs = this.#options.clock.wallTime();
    this.#lookForRefusal();
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
