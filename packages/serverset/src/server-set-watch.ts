import type { SetEntry } from "./member-reading.ts";
import { type Difference, SetSubscription, type Told, type WatchOptions } from "./set-subscription.ts";
import type { SetEvent, SetMember, Snapshot } from "./snapshot.ts";
import type { ZooKeeperSession } from "./zookeeper/session-supervisor.ts";

/**
 * Follows a ServerSet until it is closed, its signal aborts or the loop over it is left. One that does not exist is
 * followed all the same. Everybody who watches the same set through the same session shares its reading.
 */
export function watchSet(
  session: ZooKeeperSession,
  path: string,
  options: WatchOptions = {},
): ServerSetWatch {
  return new ServerSetWatch(session, path, options);
}

/** A slow consumer gets the newest snapshot and one merged difference. To be looped over once. */
export class ServerSetWatch implements AsyncIterable<SetEvent>, AsyncDisposable {
  readonly path: string;
  /** Resolves when it has ended, however it did. */
  readonly ended: Promise<void>;
  readonly #subscription: SetSubscription;
  readonly #signal: AbortSignal | undefined;
  readonly #onAbort = () => this.close();
  readonly #end: () => void;
  #waiting: (() => void)[] = [];
  #closed = false;

  constructor(session: ZooKeeperSession, path: string, options: WatchOptions) {
    this.path = path;
    const ended = Promise.withResolvers<void>();
    this.ended = ended.promise;
    this.#end = ended.resolve;
    this.#signal = options.signal;
    this.#subscription = new SetSubscription(session, path, options, () => this.#wake());
    if (options.signal?.aborted) this.close();
    else options.signal?.addEventListener("abort", this.#onAbort, { once: true });
  }

  /** The newest snapshot, told or not; undefined until the set has been read. */
  get current(): Snapshot | undefined {
    return this.#subscription.current;
  }

  /** `current` is what is in ZooKeeper as far as is known: nothing is held back or left out by an option. */
  get isExact(): boolean {
    return this.#subscription.isExact;
  }

  /** Changes that no notification told and a resync found. */
  get lostUpdates(): number {
    return this.#subscription.lostUpdates;
  }

  /** The next event for a consumer with types of its own; undefined when it has ended. */
  async told(): Promise<Told | undefined> {
    for (;;) {
      if (this.#closed) return undefined;
      const told = this.#subscription.take();
      if (told !== undefined) {
        // Nothing can follow: the session will not come back.
        if (told.type === "problem" && told.error.code === "CLOSED") this.close();
        return told;
      }
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  [Symbol.asyncIterator](): AsyncIterator<SetEvent, void> {
    return {
      next: async () => {
        const told = await this.told();
        return told === undefined ? { done: true, value: undefined } : { done: false, value: eventOf(told) };
      },
      return: async () => {
        this.close();
        return { done: true, value: undefined };
      },
    };
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#signal?.removeEventListener("abort", this.#onAbort);
    this.#subscription.close();
    this.#wake();
    this.#end();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.close();
  }

  #wake(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}

function eventOf(told: Told): SetEvent {
  switch (told.type) {
    case "problem":
      return told;
    case "snapshot":
    case "fresh":
      return { type: told.type, snapshot: told.snapshot };
    case "stale": {
      const { staleSinceMs, staleReason, readAtMs } = told.snapshot;
      const reason = staleReason ?? "the connection was lost";
      return { type: "stale", sinceMs: staleSinceMs ?? readAtMs, reason, snapshot: told.snapshot };
    }
    case "change":
      return { type: "change", ...sortDifferences(told.differences), snapshot: told.snapshot };
  }
}

function sortDifferences(differences: readonly Difference[]) {
  const added: SetMember[] = [];
  const removed: SetMember[] = [];
  const changed: SetMember[] = [];
  for (const { before, after } of differences) {
    const was = usable(before);
    const is = usable(after);
    // The same name of another znode is another member.
    if (was !== undefined && is !== undefined && before?.czxid === after?.czxid) {
      changed.push(is);
      continue;
    }
    if (was !== undefined) removed.push(was);
    if (is !== undefined) added.push(is);
  }
  return { added, removed, changed };
}

function usable(entry: SetEntry | undefined): SetMember | undefined {
  return entry?.member?.valid ? entry.member : undefined;
}
