import { SetWatch, type SetWatchEffect, type SetWatchEvent, type SetWatchMode } from "../src/set-watch.ts";
import type { ReadResult } from "../src/zookeeper/raw-operations.ts";

const SET = "/set";
type Request = Extract<SetWatchEffect, { type: "list" | "read" }>;
interface Znode {
  readonly czxid: bigint;
  readonly mzxid: bigint;
}

/**
 * Just enough of ZooKeeper for one set and one watch of it: requests are served in order when the test says so, replies
 * and notifications arrive in order when the test says so, and of what arrives together notifications are seen first.
 */
export class SetModel {
  readonly watch = new SetWatch({ path: SET, weights: false });
  readonly mode: SetWatchMode;
  /** Undefined: there is no such set. */
  children: Map<string, Znode> | undefined = new Map();
  connected = false;
  fresh = false;
  now = 0;
  losing = false;
  /** What whoever watches has been told. */
  readonly published = new Map<string, Znode>();
  readonly problems: string[] = [];
  readonly #deleted = new Set<string>();
  readonly #due = new Set<"retry" | "resync" | "list">();
  #czxid = 1n;
  #zxid = 1n;
  #generation = 0;
  #armed: "tree" | "children" | "exists" | undefined;
  #asked: Request[] = [];
  #wire: { readonly reply: boolean; readonly event: SetWatchEvent }[] = [];
  #changed = false;

  constructor(mode: SetWatchMode) {
    this.mode = mode;
    // Replies that are too large make it ask for one member at a time, so that more requests are under way.
    for (let batch = 500; batch > 1; batch /= 4) {
      this.watch.step({ type: "connected", generation: 1, mode }, 0);
      this.watch.step({ type: "disconnected", reason: "too large", tooLarge: true }, 0);
    }
  }

  put(name: string): void {
    if (this.children === undefined) return;
    this.#zxid += 1n;
    const known = this.children.get(name);
    // Members never change where only lists are watched.
    if (known !== undefined && this.mode === "lists") return;
    this.children.set(name, { czxid: known?.czxid ?? this.#zxid, mzxid: this.#zxid });
    this.#notify(known === undefined ? "created" : "changed", name);
  }

  remove(name: string): void {
    const known = this.children?.get(name);
    if (known === undefined) return;
    this.#zxid += 1n;
    this.#deleted.add(`${name} ${known.czxid}`);
    this.children?.delete(name);
    this.#notify("deleted", name);
  }

  removeSet(): void {
    if (this.children === undefined) return;
    for (const name of [...this.children.keys()]) this.remove(name);
    this.children = undefined;
    this.#notify("deleted", undefined);
  }

  makeSet(): void {
    if (this.children !== undefined) return;
    this.#zxid += 1n;
    this.#czxid = this.#zxid;
    this.children = new Map();
    this.#notify("created", undefined);
  }

  connect(newSession: boolean): void {
    if (this.connected) return;
    this.connected = true;
    if (newSession || this.#generation === 0) this.#generation += 1;
    this.#feed({ type: "connected", generation: this.#generation, mode: this.mode });
  }

  cut(): void {
    if (!this.connected) return;
    this.connected = false;
    this.#armed = undefined;
    this.#asked = [];
    this.#wire = [];
    this.#feed({ type: "disconnected", reason: "cut", tooLarge: false });
  }

  serve(requests: number): void {
    for (const request of this.#asked.splice(0, requests)) {
      this.#wire.push({
        reply: true,
        event: request.type === "list" ? this.#list(request) : this.#read(request),
      });
    }
  }

  /** So many packets in one chunk. */
  deliver(packets: number): void {
    const chunk = this.#wire.splice(0, packets);
    for (const { reply, event } of chunk) if (!reply) this.#feed(event);
    this.#flush();
    this.now += 1;
    const replies = chunk.flatMap(({ reply, event }) => (reply ? [event] : []));
    // Without batches a reply is put together of many, which takes longer than a list that came behind them.
    if (this.mode === "lists") replies.sort((a, b) => Number(a.type === "read") - Number(b.type === "read"));
    for (const event of replies) {
      this.#feed(event);
      this.#flush();
    }
  }

  due(timer: "retry" | "resync" | "list"): void {
    if (!this.#due.delete(timer)) return;
    this.now += 1_000;
    this.#feed({ type: "due", timer });
    this.#flush();
  }

  /** Until nothing is under way any more. */
  settle(): void {
    this.connect(false);
    for (let turn = 0; turn < 200; turn++) {
      this.serve(100);
      this.deliver(100);
      this.due("list");
    }
  }

  #list({ request }: Request): SetWatchEvent {
    this.#armed = this.mode === "tree" ? "tree" : this.children === undefined ? "exists" : "children";
    const names = this.children === undefined ? undefined : [...this.children.keys()];
    const czxid = this.children === undefined ? 0n : this.#czxid;
    return { type: "listed", request, list: { names, czxid, zxid: this.#zxid } };
  }

  #read(request: Request): SetWatchEvent {
    const paths = request.type === "read" ? request.paths : [];
    const results = paths.map((path): ReadResult => {
      const node = this.children?.get(path.slice(SET.length + 1));
      if (node === undefined) return { errorCode: -101 };
      const rest = { ctimeMs: 0, mtimeMs: 0, version: 0, ephemeralOwner: 0n, numChildren: 0, pzxid: 0n };
      return { data: Buffer.alloc(0), stat: { ...node, ...rest } };
    });
    return { type: "read", request: request.request, results };
  }

  #notify(what: "created" | "deleted" | "changed", name: string | undefined): void {
    if (this.#armed === undefined) return;
    if (this.#armed === "tree") return this.#send({ type: "notified", what, name });
    if (this.#armed === "exists" && name !== undefined) return;
    this.#armed = undefined;
    this.#send({ type: "notified", what: name === undefined ? what : "children", name: undefined });
  }

  #send(event: SetWatchEvent): void {
    if (!this.losing) this.#wire.push({ reply: false, event });
  }

  #feed(event: SetWatchEvent): void {
    for (const effect of this.watch.step(event, this.now)) {
      if (effect.type === "list" || effect.type === "read") this.#asked.push(effect);
      else if (effect.type === "wake") this.#due.add(effect.timer);
      else if (effect.type === "stale") this.fresh = false;
      else if (effect.type === "fresh") this.fresh = true;
      else if (effect.type === "problem") this.problems.push(effect.error.code);
      else if (effect.type === "loaded") this.#publish();
      else this.#changed = true;
    }
  }

  #flush(): void {
    if (this.#changed) this.#publish();
    this.#changed = false;
  }

  #publish(): void {
    const changes = this.watch.takeChanges();
    if (changes === undefined) return;
    if (!this.connected) throw new Error("published without a connection");
    for (const [name, before] of changes) {
      const known = this.published.get(name);
      const after = this.watch.entries.get(name);
      if (known?.mzxid !== before?.mzxid)
        throw new Error(`${name} was not published as it is said to have been`);
      if (before === after) throw new Error(`${name} is said to differ and does not`);
      const gone = known !== undefined && after?.czxid !== known.czxid;
      if (gone && !this.#deleted.has(`${name} ${known.czxid}`)) throw new Error(`${name} was never removed`);
      if (after === undefined) this.published.delete(name);
      else this.published.set(name, { czxid: after.czxid, mzxid: after.mzxid });
    }
  }
}
