import { DEFAULT_SERVERSET_ROOT, type JobKey, parseServerSetRoot } from "@borealis/schema";
import { Announcement, type AnnouncementOptions } from "./announcement.ts";
import { isCode, ServerSetError } from "./errors.ts";
import type { MemberSpec } from "./member.ts";
import {
  listServerSets,
  queryServerSet,
  type ServerSetSummary,
  type ServerSetWatch,
  type Snapshot,
  type WatchOptions,
  watchSet,
} from "./server-set.ts";
import { jobAt, pathOfSet, type SetName } from "./set-name.ts";
import type { SessionHealth } from "./zookeeper/session-health.ts";
import {
  connectZooKeeper,
  type ZooKeeperOptions,
  type ZooKeeperSession,
} from "./zookeeper/session-supervisor.ts";

export interface ServerSetClientOptions extends Omit<ZooKeeperOptions, "servers"> {
  /** `zk1:2181,zk2:2181`, or a list of such. */
  readonly servers: string | readonly string[];
  /** Where the sets of jobs live; default `/aurora`. */
  readonly root?: string;
  /** Closes the client. */
  readonly signal?: AbortSignal;
  readonly limits?: Partial<ClientLimits>;
}

/** More than this at once is refused with LIMIT, before anything is sent. */
export interface ClientLimits {
  /** Announcements that were made and have not ended. */
  readonly announcements: number;
  /** Watches that were begun and have not ended. */
  readonly watches: number;
}

export const CLIENT_LIMITS: ClientLimits = { announcements: 100, watches: 20_000 };

/** How long a question, a first announcement or `ready` waits when the caller gives no signal of its own. */
export const DEFAULT_WAIT_MS = 30_000;

export interface AnnounceOptions extends Pick<AnnouncementOptions, "onRemoved" | "acl"> {
  readonly signal?: AbortSignal;
}

export interface QueryOptions {
  readonly signal?: AbortSignal;
  /** An answer that a watch of this client already holds will do when it was true this long ago at most. */
  readonly maxStaleMs?: number;
}

/** A set as `list` tells it; `key` when it stands where a job's set does. */
export interface ListedSet extends ServerSetSummary {
  readonly key?: JobKey;
}

/** Returns at once and connects in the background, for ever, until closed. */
export function connectServerSets(options: ServerSetClientOptions): ServerSetClient {
  return new ServerSetClient(options);
}

/**
 * ServerSets through one ZooKeeper session: announce, query, watch, list.
 * What can not be done is a ServerSetError; a wait that its signal ends rejects with ABORTED, whose cause is the
 * signal's reason. Trouble in the background is in `health` and in events, never an uncaught exception.
 */
export class ServerSetClient implements AsyncDisposable {
  readonly session: ZooKeeperSession;
  readonly root: string;
  readonly #limits: ClientLimits;
  readonly #announcements = new Set<Announcement>();
  readonly #watches = new Set<ServerSetWatch>();
  readonly #signal: AbortSignal | undefined;
  readonly #onAbort = () => void this.close();

  constructor({
    servers,
    root = DEFAULT_SERVERSET_ROOT,
    signal,
    limits,
    ...session
  }: ServerSetClientOptions) {
    const parsed = parseServerSetRoot(root);
    if ("problem" in parsed) throw new ServerSetError("INVALID_PATH", parsed.problem);
    this.root = parsed.root;
    this.#limits = { ...CLIENT_LIMITS, ...limits };
    this.session = connectZooKeeper({
      ...session,
      servers: typeof servers === "string" ? servers : servers.join(","),
    });
    this.#signal = signal;
    if (signal?.aborted) this.#onAbort();
    else signal?.addEventListener("abort", this.#onAbort, { once: true });
  }

  get health(): SessionHealth {
    return this.session.health;
  }

  /** Resolves once there is a connection. */
  async ready(signal?: AbortSignal): Promise<void> {
    await this.#within("a connection to ZooKeeper", signal, (ended) => this.session.connected(ended));
  }

  /**
   * Puts a member into a set; resolves once it is there, and from then on it is kept there. When it is refused for
   * good, or `signal` aborts first, nothing stays behind.
   * @throws ServerSetError INVALID_MEMBER, INVALID_PATH, LIMIT, NO_AUTH, ZOOKEEPER (a quota), ABORTED, CLOSED.
   */
  async announce(set: SetName, member: MemberSpec, options: AnnounceOptions = {}): Promise<Announcement> {
    const { signal, ...rest } = options;
    this.#refuseAbove(this.#announcements.size, this.#limits.announcements, "announcements");
    const path = pathOfSet(set, this.root);
    this.#refuseWhenClosed();
    const announcement = new Announcement({ session: this.session, path, member, ...rest });
    this.#announcements.add(announcement);
    void announcement.ended.then(() => {
      this.#announcements.delete(announcement);
      announcement.close();
    });
    try {
      await this.#within(
        `the announcement at ${path}`,
        signal,
        (ended) => announcement.announced(ended),
        () => announcement.problem?.message,
      );
      return announcement;
    } catch (error) {
      // In the background: its create may be under way, and to wait for that could take as long again.
      void announcement.abandon();
      throw error;
    }
  }

  /** The set as it is now, asked of ZooKeeper unless `maxStaleMs` allows what a watch already knows. */
  async query(set: SetName, { signal, maxStaleMs }: QueryOptions = {}): Promise<Snapshot> {
    const path = pathOfSet(set, this.root);
    const known = maxStaleMs === undefined ? undefined : this.#known(path, maxStaleMs);
    return (
      known ??
      (await this.#within(`the members of ${path}`, signal, (ended) =>
        queryServerSet(this.session, path, ended),
      ))
    );
  }

  /** Follows a set until it is left, closed or its signal aborts. */
  watch(set: SetName, options: WatchOptions = {}): ServerSetWatch {
    this.#refuseAbove(this.#watches.size, this.#limits.watches, "watches");
    const watch = watchSet(this.session, pathOfSet(set, this.root), options);
    this.#watches.add(watch);
    void watch.ended.then(() => this.#watches.delete(watch));
    return watch;
  }

  /** The sets below the root, or below a role, or a role and an environment; none when there is no such place. */
  async list(
    { role, environment }: { readonly role?: string; readonly environment?: string } = {},
    { signal }: { readonly signal?: AbortSignal } = {},
  ): Promise<readonly ListedSet[]> {
    if (role === undefined && environment !== undefined) {
      throw new ServerSetError("INVALID_PATH", `environment "${environment}" without its role`);
    }
    const below = [role, environment].filter((part) => part !== undefined);
    const base = this.root === "/" ? "" : this.root;
    const from = pathOfSet(below.length === 0 ? this.root : `${base}/${below.join("/")}`, this.root);
    try {
      const sets = await this.#within(`the sets at ${from}`, signal, (ended) =>
        listServerSets(this.session, from, ended),
      );
      return sets.map((each) => withKey(each, this.root));
    } catch (error) {
      if (isCode(error, "NO_NODE")) return [];
      throw error;
    }
  }

  /** Ends announcements and watches with the session; waits for ZooKeeper for `graceMs` (default 2,000) at most. */
  async close(options: { readonly graceMs?: number } = {}): Promise<void> {
    this.#signal?.removeEventListener("abort", this.#onAbort);
    for (const watch of this.#watches) watch.close();
    // The session's end takes the members: they go together and at once.
    await this.session.close(options);
    for (const announcement of this.#announcements) announcement.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #known(path: string, maxStaleMs: number): Snapshot | undefined {
    const now = this.session.clock.wallTime();
    for (const { path: watched, current, isExact } of this.#watches) {
      if (watched !== path || current === undefined || !isExact) continue;
      // A fresh one is as true as ZooKeeper's own answer was a moment ago.
      const ageMs = current.stale ? now - (current.staleSinceMs ?? current.readAtMs) : 0;
      // Below 0 when somebody set the clock back: then nobody knows.
      if (ageMs >= 0 && ageMs <= maxStaleMs) return current;
    }
    return undefined;
  }

  #refuseWhenClosed(): void {
    if (this.session.status.state === "closed") throw new ServerSetError("CLOSED", "this client was closed");
  }

  #refuseAbove(now: number, most: number, what: string): void {
    if (now < most) return;
    throw new ServerSetError(
      "LIMIT",
      `this client has ${now} ${what} already; end some, or raise limits.${what}`,
    );
  }

  async #within<T>(
    what: string,
    signal: AbortSignal | undefined,
    wait: (ended: AbortSignal) => Promise<T>,
    problem: () => string | undefined = () => undefined,
  ): Promise<T> {
    using deadline = this.session.clock.deadline(
      signal === undefined ? DEFAULT_WAIT_MS : Number.MAX_SAFE_INTEGER,
      signal,
    );
    try {
      return await wait(deadline.signal);
    } catch (error) {
      if (error instanceof ServerSetError || !deadline.signal.aborted) throw error;
      const { state, error: why } = this.session.status;
      const because = problem() ?? why ?? `the session is ${state}`;
      const after = deadline.expired ? ` after ${DEFAULT_WAIT_MS / 1000} s` : "";
      throw new ServerSetError("ABORTED", `waiting for ${what} was given up${after}: ${because}`, {
        cause: deadline.signal.reason,
      });
    }
  }
}

function withKey(set: ServerSetSummary, root: string): ListedSet {
  const key = jobAt(set.path, root);
  return key === undefined ? set : { ...set, key };
}
