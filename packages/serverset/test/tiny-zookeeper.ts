import {
  type EphemeralNodeEffect,
  type EphemeralNodeEvent,
  newEphemeralNode,
  stepEphemeralNode,
} from "../src/ephemeral-node.ts";

type Request = Exclude<EphemeralNodeEffect, { type: "retry" }>;

/** Just enough of ZooKeeper: znodes of sessions, requests answered in order, replies that can be lost. */
export class TinyZooKeeper {
  state = newEphemeralNode();
  connected = false;
  session = 0;
  retryArmed = false;
  readonly #sequential: boolean;
  #counter = 0;
  #watched = false;
  #queue: Request[] = [];
  /** Owner by path. Session -1 is somebody else's. */
  readonly znodes = new Map<string, number>();

  constructor(sequential: boolean) {
    this.#sequential = sequential;
  }

  get own(): string[] {
    return [...this.znodes].flatMap(([path, owner]) => (owner === this.session ? [path] : []));
  }

  get idle(): boolean {
    return this.#queue.length === 0 && !this.retryArmed;
  }

  feed(event: EphemeralNodeEvent): void {
    const { state, effects } = stepEphemeralNode(this.state, event);
    this.state = state;
    for (const effect of effects) {
      if (effect.type === "retry") this.retryArmed = true;
      else this.#queue.push(effect);
    }
  }

  connect(sameSession: boolean): void {
    if (this.connected) return;
    if (!sameSession || this.session === 0) {
      for (const path of this.own) this.znodes.delete(path);
      this.session += 1;
    }
    this.connected = true;
    this.feed({ type: "connected", generation: this.session });
  }

  /** The first `executed` requests under way are done, but no answer arrives. */
  cut(executed: number): void {
    if (!this.connected) return;
    for (const request of this.#queue.splice(0).slice(0, executed)) this.#execute(request);
    this.connected = false;
    this.#watched = false;
    this.feed({ type: "disconnected" });
  }

  answer(refuse: boolean): void {
    const request = this.#queue.shift();
    if (request === undefined) return;
    if (refuse && "request" in request) this.feed({ type: "failed", request: request.request });
    else this.#execute(request)?.();
  }

  retry(): void {
    if (!this.retryArmed) return;
    this.retryArmed = false;
    this.feed({ type: "retryDue" });
  }

  deleteByHand(): void {
    const [path] = this.own;
    if (path === undefined) return;
    this.znodes.delete(path);
    this.#notifyDeleted(path);
  }

  stranger(holds: boolean): void {
    if (this.#sequential) return;
    if (holds && !this.znodes.has("/one")) this.znodes.set("/one", -1);
    if (!holds && this.znodes.get("/one") === -1) this.znodes.delete("/one");
  }

  /** Does it at the server; returns what its answer tells. */
  #execute(effect: Request): (() => void) | undefined {
    switch (effect.type) {
      case "audit":
        return this.#audit(effect.path);
      case "create":
        return this.#create(effect.request, effect.lookFirst);
      case "write":
        return this.#write(effect.request, effect.path);
      case "remove":
        return this.#remove(effect.request, effect.path === undefined ? this.own : [effect.path]);
    }
  }

  #audit(path: string): (() => void) | undefined {
    if (this.znodes.get(path) !== this.session) return () => this.feed({ type: "vanished", path });
    this.#watched = true;
    return undefined;
  }

  #create(request: number, lookFirst: boolean): () => void {
    const { version } = this.state;
    const [mine] = lookFirst ? this.own : [];
    if (mine !== undefined) return () => this.feed({ type: "created", request, path: mine, version: -1 });
    const path = this.#sequential ? `/member_${this.#counter++}` : "/one";
    const owner = this.znodes.get(path);
    if (owner !== undefined && owner !== this.session) return () => this.feed({ type: "taken", request });
    this.znodes.set(path, this.session);
    return () => this.feed({ type: "created", request, path, version });
  }

  #write(request: number, path: string): () => void {
    const { version } = this.state;
    if (!this.znodes.has(path)) return () => this.feed({ type: "failed", request });
    return () => this.feed({ type: "wrote", request, version });
  }

  #remove(request: number, paths: readonly string[]): () => void {
    for (const path of paths) {
      if (this.znodes.get(path) !== this.session) continue;
      this.znodes.delete(path);
      this.#notifyDeleted(path);
    }
    return () => this.feed({ type: "removed", request });
  }

  #notifyDeleted(path: string): void {
    if (!this.connected || !this.#watched) return;
    this.#watched = false;
    this.feed({ type: "vanished", path });
  }
}
