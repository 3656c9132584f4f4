import { Arrivals } from "./arrivals.ts";
import { batchEnd, LARGEST_BATCH, MOST_REQUESTS } from "./batched-reads.ts";
import type { ServerSetError } from "./errors.ts";
import { childPath, isMember, isVector, readEntry, type SetEntry } from "./member-reading.ts";
import { RequestLog } from "./request-log.ts";
import { DEFAULT_MOST_MEMBERS, type ListedSet, refuseTooMany } from "./set-query.ts";
import type { ReadResult } from "./zookeeper/raw-operations.ts";

export type SetWatchEvent =
  | { readonly type: "connected"; readonly generation: number; readonly mode: SetWatchMode }
  /** `tooLarge`: it was lost because a reply of ours passed the frame limit. */
  | { readonly type: "disconnected"; readonly reason: string; readonly tooLarge: boolean }
  | { readonly type: "listed"; readonly request: number; readonly list: ListedSet }
  | { readonly type: "read"; readonly request: number; readonly results: readonly ReadResult[] }
  /** By the server or by a limit of ours; never because the connection is gone. */
  | { readonly type: "refused"; readonly request: number; readonly error: ServerSetError }
  /** `name` of a child; undefined for the set itself. */
  | { readonly type: "notified"; readonly what: NotifiedWhat; readonly name: string | undefined }
  | { readonly type: "due"; readonly timer: SetWatchTimer };

/** tree: a recursive watch tells what became of whom. lists: a watch tells that something has, and we list again. */
export type SetWatchMode = "tree" | "lists";
export type SetWatchTimer = "retry" | "resync" | "list";
type NotifiedWhat = "created" | "deleted" | "changed" | "children" | "other";

export type SetWatchEffect =
  /** Arms the watch of `mode` first. A set that is missing is watched for its creation. */
  | { readonly type: "list"; readonly request: number; readonly mode: SetWatchMode }
  | { readonly type: "read"; readonly request: number; readonly paths: readonly string[] }
  /** Feed `due` after `afterMs`, give or take the part `spread` of it; replaces the timer of that name. */
  | {
      readonly type: "wake";
      readonly timer: SetWatchTimer;
      readonly afterMs: number;
      readonly spread: number;
    }
  /** Publish what differs when all that has arrived is worked through: a burst is one difference. */
  | { readonly type: "changed" }
  /** Publish what differs now, all of it having been read; `newSession`: first time in this session. */
  | { readonly type: "loaded"; readonly newSession: boolean }
  | { readonly type: "stale"; readonly reason: string }
  | { readonly type: "fresh" }
  | { readonly type: "problem"; readonly error: ServerSetError };

export interface SetWatchOptions {
  readonly path: string;
  readonly weights: boolean;
  readonly mostMembers?: number;
  readonly resyncMs?: number;
}

const DEFAULT_RESYNC_MS = 300_000;
const FIRST_RETRY_MS = 200;
const LONGEST_RETRY_MS = 5_000;
const LONGEST_LIST_PAUSE_MS = 1_000;
const LIST_PAUSE_MS_PER_MEMBER = 0.01;

/**
 * One ServerSet, read and followed. Neither I/O nor time inside, but its maps change in place: copies of ten thousand
 * members for each event would cost more than everything else.
 *
 *   waiting ──connected──▶ loading ──all read──▶ following ──resync due──▶ following, and reads all again beside it
 *      ▲                    │  ▲                     │
 *      │                refused retry due            │
 *      ├──── disconnected ──┴──┴── refused ──────────┘          (from refused too)
 *
 * Nothing is published while it loads, so what a lost connection hid becomes one difference. `entries` meanwhile
 * holds only what a server has said, never a guess.
 *
 * Replies reach us through promises and notifications at once, so a reply can be older than what is already known.
 * Every request and every notification takes the next number, and of a name the newer one wins: a member that was
 * notified as deleted after a request was sent is not brought back by its reply, and one that was notified as created
 * is not missing because a list does not have it yet.
 */
export class SetWatch {
  readonly #path: string;
  readonly #options: SetWatchOptions;
  readonly entries = new Map<string, SetEntry>();
  readonly #log = new RequestLog();
  readonly #arrivals = new Arrivals();
  /** To read because something was notified or newly listed; comes before what a resync reads. */
  readonly #urgent = new Set<string>();
  readonly #background = new Set<string>();
  /** What was published last of every name that may differ since. */
  readonly #touched = new Map<string, SetEntry | undefined>();
  #phase: "waiting" | "loading" | "following" | "refused" = "waiting";
  #mode: SetWatchMode = "tree";
  #exists = false;
  #publishedExists = false;
  #czxid = 0n;
  #zxid = 0n;
  #generation = 0;
  #loadedGeneration = 0;
  #stale = true;
  #listed = false;
  #listedAt = Number.NEGATIVE_INFINITY;
  #listWanted = false;
  #listTimer = false;
  /** False when a list was due or under way anyway, so that what the resync finds was not lost. */
  #resyncCounts = false;
  #retryMs = FIRST_RETRY_MS;
  #problem: ServerSetError | undefined;
  #batch = LARGEST_BATCH;
  #lostUpdates = 0;
  #effects: SetWatchEffect[] = [];

  constructor(options: SetWatchOptions) {
    this.#options = options;
    this.#path = options.path;
  }

  get exists(): boolean {
    return this.#exists;
  }

  get generation(): number {
    return this.#generation;
  }

  /** The newest transaction seen in the set. */
  get zxid(): bigint {
    return this.#zxid;
  }

  /** Changes that no notification told and a resync found. */
  get lostUpdates(): number {
    return this.#lostUpdates;
  }

  /** Why reading does not succeed although there is a connection. */
  get problem(): ServerSetError | undefined {
    return this.#problem;
  }

  get loading(): boolean {
    return this.#phase === "loading";
  }

  /** True once the set has been read in full. */
  get loaded(): boolean {
    return this.#loadedGeneration > 0;
  }

  /**
   * What has become of names since this was last asked: as they were then and, in `entries`, as they are now.
   * Undefined when nothing may be published or nothing differs.
   */
  takeChanges(): ReadonlyMap<string, SetEntry | undefined> | undefined {
    if (this.#phase !== "following") return undefined;
    const changes = new Map<string, SetEntry | undefined>();
    for (const [name, before] of this.#touched) {
      if (!this.entries.has(name) && this.#arrivals.areAwaitedBy(name)) continue;
      changes.set(name, before);
      this.#touched.delete(name);
      this.#arrivals.toldOf(name);
    }
    if (changes.size === 0 && this.#exists === this.#publishedExists) return undefined;
    this.#publishedExists = this.#exists;
    return changes;
  }

  step(event: SetWatchEvent, now: number): readonly SetWatchEffect[] {
    this.#effects = [];
    switch (event.type) {
      case "connected":
        this.#generation = event.generation;
        this.#mode = event.mode;
        this.#retryMs = FIRST_RETRY_MS;
        this.#load(now);
        break;
      case "disconnected":
        this.#disconnected(event.reason, event.tooLarge);
        break;
      case "listed":
        this.#onListed(event.request, event.list, now);
        break;
      case "read":
        this.#onRead(event.request, event.results, now);
        break;
      case "refused":
        if (this.#log.take(event.request) !== undefined) this.#refused(event.error, now);
        break;
      case "notified":
        if (this.#phase === "loading" || this.#phase === "following") this.#notified(event, now);
        break;
      case "due":
        this.#due(event.timer, now);
        break;
    }
    this.#readOn();
    this.#finishLoading(now);
    if (this.#phase === "following" && (this.#touched.size > 0 || this.#exists !== this.#publishedExists)) {
      this.#effects.push({ type: "changed" });
    }
    return this.#effects;
  }

  #load(now: number): void {
    this.#forgetRequests();
    this.#phase = "loading";
    this.#listed = false;
    this.#list("load", now);
  }

  #forgetRequests(): void {
    this.#log.clear();
    this.#arrivals.clear();
    this.#urgent.clear();
    this.#background.clear();
    this.#listWanted = false;
  }

  #list(purpose: "load" | "resync" | "follow", now: number): void {
    this.#resyncCounts = this.#mode === "tree" || (!this.#listWanted && !this.#log.listing);
    this.#listWanted = false;
    this.#listedAt = now;
    this.#effects.push({ type: "list", request: this.#log.issue({ purpose }), mode: this.#mode });
  }

  #disconnected(reason: string, tooLarge: boolean): void {
    if (this.#phase === "waiting") return;
    // Many large members in one reply can pass the frame limit, which costs the connection: ask for less from now on.
    if (tooLarge) this.#batch = Math.max(1, Math.floor(this.#batch / 4));
    this.#forgetRequests();
    this.#phase = "waiting";
    this.#becomeStale(reason);
  }

  #becomeStale(reason: string): void {
    if (this.#stale || !this.loaded) return;
    this.#stale = true;
    this.#effects.push({ type: "stale", reason });
  }

  #refused(error: ServerSetError, now: number): void {
    if (error.code === "UNSUPPORTED" && this.#mode === "tree") {
      this.#mode = "lists";
      return this.#load(now);
    }
    this.#forgetRequests();
    this.#phase = "refused";
    this.#becomeStale(error.message);
    if (this.#problem?.message !== error.message) this.#effects.push({ type: "problem", error });
    this.#problem = error;
    this.#effects.push({ type: "wake", timer: "retry", afterMs: this.#retryMs, spread: 0.5 });
    this.#retryMs = Math.min(LONGEST_RETRY_MS, this.#retryMs * 2);
  }

  #due(timer: SetWatchTimer, now: number): void {
    if (timer === "retry" && this.#phase === "refused") this.#load(now);
    if (timer === "resync" && this.#phase === "following") this.#list("resync", now);
    if (timer === "list") {
      this.#listTimer = false;
      if (this.#listWanted && this.#phase === "following" && !this.#log.listing) this.#list("follow", now);
    }
  }

  #onListed(number: number, list: ListedSet, now: number): void {
    const request = this.#log.take(number);
    if (request === undefined) return;
    const names = (list.names ?? []).filter((name) => this.#isWanted(name));
    try {
      refuseTooMany(this.#path, names.length, this.#options.mostMembers ?? DEFAULT_MOST_MEMBERS);
    } catch (error) {
      return this.#refused(error as ServerSetError, now);
    }
    this.#listed = true;
    if (list.zxid > this.#zxid) this.#zxid = list.zxid;
    const toldOfSet = this.#log.toldSince(undefined, number);
    if (this.#mode === "lists" || !toldOfSet) this.#exists = list.names !== undefined;
    // A set made anew has other members although they may be named alike.
    const all = request.purpose !== "follow" || list.czxid !== this.#czxid;
    this.#czxid = list.czxid;
    const counts =
      request.purpose === "resync" && this.#resyncCounts && (this.#mode === "tree" || !toldOfSet);
    this.#lostUpdates += this.#compare(names, number, all, counts);
    if (this.#listWanted) this.#listSoon(now);
    if (request.purpose === "resync") this.#scheduleResync();
  }

  /** Takes out what is not listed and queues what is to be read. @returns how much of it nothing had told. */
  #compare(names: readonly string[], number: number, all: boolean, counts: boolean): number {
    let untold = 0;
    const listed = new Set(names);
    for (const name of names) {
      const isNew = !this.entries.has(name) && !this.#urgent.has(name) && !this.#log.toldSince(name, number);
      if (isNew) {
        untold += 1;
        this.#arrivals.came(name);
      }
      if (all) this.#background.add(name);
      else if (isNew) this.#urgent.add(name);
    }
    // After those who came, which were there before these went.
    if (this.#mode === "lists") this.#arrivals.leftUnless(listed);
    for (const name of [...this.entries.keys()]) {
      if (listed.has(name)) continue;
      untold += 1;
      this.#forget(name);
    }
    if (this.#mode === "lists") this.#log.missed(listed, number);
    return counts ? untold : 0;
  }

  #onRead(number: number, results: readonly ReadResult[], now: number): void {
    const request = this.#log.take(number);
    if (request === undefined) return;
    for (const [index, name] of (request.names ?? []).entries()) {
      const result = results[index];
      if (result === undefined || this.#log.goneSince(name, number)) continue;
      const told = this.#log.toldSince(name, number);
      if (this.#apply(name, result, now) && request.purpose === "resync" && !told && this.#mode === "tree") {
        this.#lostUpdates += 1;
      }
    }
  }

  /** @returns whether it is news of a znode that was known. */
  #apply(name: string, result: ReadResult, now: number): boolean {
    const known = this.entries.get(name);
    if ("stat" in result && known !== undefined) {
      const { czxid, mzxid } = result.stat;
      if (known.czxid === czxid && known.mzxid === mzxid) return false;
    }
    const entry = readEntry(this.#path, name, result);
    // Notified again since, and to be read once more: that tells.
    if (entry === undefined && this.#urgent.has(name)) return false;
    if (entry === undefined && this.#mode === "lists") {
      // Only a list tells who has come in its place.
      this.#listSoon(now);
      return false;
    }
    if (entry === undefined) {
      this.#forget(name);
      return known !== undefined;
    }
    if (known !== undefined && entry.czxid === 0n && known.czxid === 0n) return false;
    if (entry.mzxid > this.#zxid) this.#zxid = entry.mzxid;
    this.#touch(name);
    this.#arrivals.read(name);
    this.entries.set(name, entry);
    this.#untouch(name);
    return known !== undefined;
  }

  #notified({ what, name }: { what: NotifiedWhat; name: string | undefined }, now: number): void {
    if (name === undefined) return this.#notifiedOfSet(what, now);
    if (!this.#isWanted(name)) return;
    if (what === "deleted") {
      this.#log.told(name, true);
      this.#urgent.delete(name);
      this.#background.delete(name);
      this.#forget(name);
    } else if (what === "created" || what === "changed") {
      this.#log.told(name, false);
      this.#urgent.add(name);
      if (!this.entries.has(name)) this.#arrivals.came(name);
    }
  }

  #notifiedOfSet(what: NotifiedWhat, now: number): void {
    this.#log.told(undefined, what === "deleted");
    if (this.#mode === "lists") return this.#listSoon(now);
    if (what !== "created" && what !== "deleted") return;
    this.#exists = what === "created";
    // Its members were notified as deleted before it could be.
    if (what === "deleted") for (const name of [...this.entries.keys()]) this.#forget(name);
  }

  /** At once when idle; then at most one list in a while that grows with the set, for each costs all of its names. */
  #listSoon(now: number): void {
    this.#listWanted = true;
    if (this.#phase !== "following" || this.#log.listing || this.#listTimer) return;
    const pauseMs = Math.min(LONGEST_LIST_PAUSE_MS, this.entries.size * LIST_PAUSE_MS_PER_MEMBER);
    const waitMs = this.#listedAt + pauseMs - now;
    if (waitMs <= 0) return this.#list("follow", now);
    this.#listTimer = true;
    this.#effects.push({ type: "wake", timer: "list", afterMs: waitMs, spread: 0.5 });
  }

  #readOn(): void {
    if (this.#phase !== "loading" && this.#phase !== "following") return;
    while (this.#log.reading < MOST_REQUESTS) {
      const left = this.#background.size;
      const names = this.#nextNames(this.#urgent.size > 0 ? this.#urgent : this.#background);
      if (names.length === 0) return;
      const purpose = this.#background.size === left ? "read" : this.#fullPurpose();
      const request = this.#log.issue({ purpose, names });
      this.#effects.push({ type: "read", request, paths: names.map((name) => childPath(this.#path, name)) });
    }
  }

  #fullPurpose(): "load" | "resync" {
    return this.#phase === "loading" ? "load" : "resync";
  }

  #nextNames(queue: Set<string>): readonly string[] {
    const some: string[] = [];
    for (const name of queue) if (some.push(name) >= this.#batch) break;
    const paths = some.map((name) => childPath(this.#path, name));
    const names = some.slice(0, batchEnd(paths, 0, this.#batch));
    for (const name of names) {
      queue.delete(name);
      // One read serves both, if it is made now.
      this.#background.delete(name);
    }
    return names;
  }

  #finishLoading(now: number): void {
    if (this.#phase !== "loading" || !this.#listed) return;
    // What was notified meanwhile may still be unread: with steady change that would never end.
    if (this.#background.size > 0 || this.#log.loading) return;
    this.#phase = "following";
    const newSession = this.#loadedGeneration !== this.#generation;
    this.#loadedGeneration = this.#generation;
    this.#stale = false;
    this.#problem = undefined;
    this.#retryMs = FIRST_RETRY_MS;
    this.#effects.push({ type: "loaded", newSession }, { type: "fresh" });
    this.#scheduleResync();
    if (this.#listWanted) this.#listSoon(now);
  }

  #scheduleResync(): void {
    const afterMs = this.#options.resyncMs ?? DEFAULT_RESYNC_MS;
    this.#effects.push({ type: "wake", timer: "resync", afterMs, spread: 0.2 });
  }

  #forget(name: string): void {
    this.#arrivals.left(name, this.entries.has(name));
    if (!this.entries.has(name)) return;
    this.#touch(name);
    this.entries.delete(name);
    this.#untouch(name);
  }

  #touch(name: string): void {
    if (!this.#touched.has(name)) this.#touched.set(name, this.entries.get(name));
  }

  /** What came and went, or went and came, is no difference. */
  #untouch(name: string): void {
    if (this.#touched.get(name) === this.entries.get(name)) this.#touched.delete(name);
  }

  #isWanted(name: string): boolean {
    return isMember(name) || (this.#options.weights && isVector(name));
  }
}
