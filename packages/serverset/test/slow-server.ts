import { createTestClock } from "@borealis/clock/testing";
import type { Notification } from "../src/zookeeper/connection.ts";
import type { Read, ReadResult, Stat } from "../src/zookeeper/raw-operations.ts";

/** A server whose replies and notifications arrive when the test says so, in the order in which they were made. */
export class SlowServer {
  readonly clock = createTestClock();
  readonly tree = new Map<string, { value: string; zxid: bigint; czxid: bigint }>([
    ["/", { value: "", zxid: 0n, czxid: 0n }],
  ]);
  readonly #wire: (() => void)[] = [];
  #zxid = 0n;
  #watched = false;
  connected = true;
  readonly #listeners = new Set<(notification: Notification) => void>();
  readonly #statusListeners = new Set<() => void>();
  #connection = this.#connect();

  readonly session = {
    clock: this.clock,
    current: { connection: this.#connection, generation: 1 } as unknown,
    status: { state: "connected" },
    subscribe: (listener: () => void) => this.#subscribe(this.#statusListeners, listener),
    onNotification: (listener: (notification: Notification) => void) =>
      this.#subscribe(this.#listeners, listener),
  };

  set(path: string, value: string): void {
    const type = this.tree.has(path) ? "changed" : "created";
    this.#zxid += 1n;
    this.tree.set(path, { value, zxid: this.#zxid, czxid: this.tree.get(path)?.czxid ?? this.#zxid });
    this.#notify({ type, path });
  }

  delete(path: string): void {
    if (this.tree.delete(path)) this.#notify({ type: "deleted", path });
  }

  /** Delivers so many packets in one chunk: promises only go on after the last. */
  async deliver(packets = this.#wire.length): Promise<void> {
    for (const packet of this.#wire.splice(0, packets)) packet();
    await this.clock.advance(0);
  }

  async settle(): Promise<void> {
    for (let turn = 0; turn < 50; turn++) await this.deliver();
  }

  /** Takes the connection away, or brings one back. */
  cut(): void {
    this.#wire.length = 0;
    this.#watched = false;
    this.connected = !this.connected;
    if (this.connected) this.#connection = this.#connect();
    else this.#connection.lostWith = { code: "CONNECTION_LOSS" };
    this.session.current = this.connected ? { connection: this.#connection, generation: 1 } : undefined;
    for (const listener of this.#statusListeners) listener();
  }

  #connect() {
    return {
      lostWith: undefined as unknown,
      watchTree: () =>
        this.#reply(() => {
          this.#watched = true;
        }),
      unwatchTree: async () => {},
      multiRead: (reads: readonly Read[]) => this.#reply(() => reads.map((read) => this.#read(read))),
    };
  }

  /** Served at once; the answer waits on the wire. */
  #reply<T>(serve: () => T): Promise<T> {
    const answer = serve();
    return new Promise((resolve) => this.#wire.push(() => resolve(answer)));
  }

  #read({ kind, path }: Read): ReadResult {
    const node = this.tree.get(path);
    if (node === undefined) return { errorCode: -101 };
    const prefix = path === "/" ? "/" : `${path}/`;
    const children = [...this.tree.keys()].filter(
      (each) => each !== "/" && each.startsWith(prefix) && !each.slice(prefix.length).includes("/"),
    );
    if (kind === "children") return { children: children.map((each) => each.slice(prefix.length)) };
    const stat = {
      czxid: node.czxid,
      mzxid: node.zxid,
      ephemeralOwner: 0n,
      numChildren: children.length,
      version: 0,
      ctimeMs: 0,
      mtimeMs: 0,
      pzxid: 0n,
    };
    return { data: Buffer.from(node.value), stat: stat satisfies Stat };
  }

  #notify(notification: Notification): void {
    if (!this.#watched) return;
    this.#wire.push(() => {
      for (const listener of this.#listeners) listener(notification);
    });
  }

  #subscribe<T>(listeners: Set<T>, listener: T): () => void {
    listeners.add(listener);
    return () => listeners.delete(listener);
  }

  /** Removes the deepest first, as ZooKeeper demands. */
  deleteTree(path: string): void {
    const below = [...this.tree.keys()].filter((key) => key === path || key.startsWith(`${path}/`));
    for (const key of below.sort().reverse()) this.delete(key);
  }
}
