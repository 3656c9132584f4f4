import {
  type EphemeralNodeEffect,
  type EphemeralNodeEvent,
  type EphemeralNodeState,
  newEphemeralNode,
  stepEphemeralNode,
} from "../src/ephemeral-node.ts";

type Request = Exclude<EphemeralNodeEffect, { type: "retry" | "changeRefused" | "stopped" }>;

interface Znode {
  /** Session -1 is somebody else's. */
  readonly owner: number;
  readonly content: number;
}

/**
 * Just enough of ZooKeeper, and of what performs effects: znodes of sessions, requests that are done in any order or
 * never, replies and notifications that arrive in the order of what was done, or never.
 */
export class TinyZooKeeper {
  state: EphemeralNodeState;
  connected = false;
  session = 0;
  retryArmed = false;
  /** What is to be held, and what was before the changes under way. */
  content = 0;
  confirmedContent = 0;
  /** It was there, and nobody but us could have taken it away. */
  stands = false;
  /** Strangers' znodes that we removed. */
  wronged = 0;
  readonly znodes = new Map<string, Znode>();
  readonly #sequential: boolean;
  #counter = 0;
  #contents = 0;
  #sent: { content: number; version: number } | undefined;
  readonly #watched = new Set<string>();
  #asked: Request[] = [];
  #answers: (() => void)[] = [];

  constructor(options: { sequential: boolean; stopOnVanish?: boolean }) {
    this.#sequential = options.sequential;
    this.state = newEphemeralNode(options);
  }

  get own(): string[] {
    return [...this.znodes].flatMap(([path, { owner }]) => (owner === this.session ? [path] : []));
  }

  get idle(): boolean {
    return this.#asked.length === 0 && this.#answers.length === 0 && !this.retryArmed;
  }

  feed(event: EphemeralNodeEvent): void {
    const { state, effects } = stepEphemeralNode(this.state, event);
    this.state = state;
    for (const effect of effects) {
      if (effect.type === "retry") this.retryArmed = true;
      else if (effect.type === "changeRefused") this.content = this.confirmedContent;
      else if (effect.type !== "stopped") this.#asked.push(effect);
    }
    if (!state.wanted) this.stands = false;
    if (!state.wanted || (state.phase === "present" && state.written === state.version)) {
      this.confirmedContent = this.content;
    }
  }

  update(): void {
    this.#contents += 1;
    this.content = this.#contents;
    this.feed({ type: "changed" });
  }

  connect(sameSession: boolean, pauseMs = 0): void {
    if (this.connected) return;
    if (!sameSession || this.session === 0) this.#nextSession();
    this.connected = true;
    this.feed({ type: "connected", generation: this.session, pauseMs });
  }

  /** The first `done` requests under way are done, but no answer arrives. */
  cut(done: number): void {
    if (!this.connected) return;
    for (const request of this.#asked.splice(0).slice(0, done)) this.#do(request);
    this.#answers = [];
    this.connected = false;
    this.#watched.clear();
    this.feed({ type: "disconnected" });
  }

  /** The server says that the session is gone. */
  expireNow(): void {
    if (!this.connected) return;
    this.cut(0);
    for (const path of this.own) this.znodes.delete(path);
    this.stands = false;
    this.feed({ type: "sessionEnded" });
  }

  /** One of the requests under way is done; its answer comes after those of the earlier ones. */
  do(which: number): void {
    const [request] = this.#asked.splice(which % Math.max(1, this.#asked.length), 1);
    if (request !== undefined) this.#do(request);
  }

  deliver(): void {
    this.#answers.shift()?.();
  }

  /** A request is answered with an error: one that may pass, or one that will not. */
  fail(type: "failed" | "refused"): void {
    const request = this.#asked.shift();
    if (request === undefined) return;
    // An audit that gets no answer is asked for again.
    if (request.type === "audit") return void this.#asked.push(request);
    // What was left behind is found before there is anything to refuse.
    const found = request.type === "create" && request.lookFirst && this.#leftBehind() !== undefined;
    if (type === "refused" && found) return this.#do(request);
    const { version } = this.state;
    this.#answers.push(() => this.feed({ type, request: request.request, version }));
  }

  retry(): void {
    if (!this.retryArmed) return;
    this.retryArmed = false;
    this.feed({ type: "retryDue" });
  }

  deleteByHand(which: number): void {
    const path = this.own[which % Math.max(1, this.own.length)];
    if (path === undefined) return;
    this.stands = false;
    this.#delete(path);
  }

  /** Our znode is deleted and somebody else gets one of the same name, as below a parent that is created anew. */
  replaceByStranger(): void {
    const [path] = this.own;
    if (path === undefined) return;
    this.deleteByHand(0);
    this.znodes.set(path, { owner: -1, content: -1 });
  }

  stranger(holds: boolean): void {
    if (this.#sequential) return;
    if (holds && !this.znodes.has("/one")) this.znodes.set("/one", { owner: -1, content: -1 });
    if (!holds && this.znodes.get("/one")?.owner === -1) this.znodes.delete("/one");
  }

  #nextSession(): void {
    for (const path of this.own) this.znodes.delete(path);
    this.session += 1;
    this.stands = false;
  }

  #do(effect: Request): void {
    switch (effect.type) {
      case "audit":
        return this.#audit(effect.path);
      case "create":
        return this.#create(effect);
      case "write":
        return this.#write(effect);
      case "remove":
        return this.#remove(effect);
    }
  }

  #answer(event: EphemeralNodeEvent): void {
    this.#answers.push(() => this.feed(event));
  }

  #audit(path: string): void {
    if (this.znodes.get(path)?.owner !== this.session) return this.#answer({ type: "vanished", path });
    this.#watched.add(path);
    this.#answer({ type: "confirmed", path });
  }

  #create({ request, lookFirst }: Extract<Request, { type: "create" }>): void {
    const mine = lookFirst ? this.#leftBehind() : undefined;
    if (mine !== undefined) {
      return this.#answer({ type: "created", request, path: mine, version: this.#sent?.version ?? -1 });
    }
    const path = this.#sequential ? this.#nextName() : "/one";
    const { version } = this.state;
    this.#sent = { content: this.content, version };
    const owner = this.znodes.get(path)?.owner;
    if (owner === this.session) return this.#answer({ type: "created", request, path, version: -1 });
    if (owner !== undefined) return this.#answer({ type: "taken", request });
    this.znodes.set(path, { owner: this.session, content: this.content });
    if (this.state.wanted) this.stands = true;
    this.#answer({ type: "created", request, path, version });
  }

  #nextName(): string {
    do this.#counter += 1;
    while (this.znodes.has(`/member_${this.#counter}`));
    return `/member_${this.#counter}`;
  }

  #write({ request, path }: Extract<Request, { type: "write" }>): void {
    const { version } = this.state;
    if (this.znodes.get(path)?.owner !== this.session) return this.#answer({ type: "failed", request });
    this.znodes.set(path, { owner: this.session, content: this.content });
    this.#answer({ type: "wrote", request, version });
  }

  #remove({ request, paths, lookFirst }: Extract<Request, { type: "remove" }>): void {
    const doubtful = lookFirst ? this.#leftBehind() : undefined;
    for (const path of doubtful === undefined ? paths : [...paths, doubtful]) {
      const owner = this.znodes.get(path)?.owner;
      if (owner === this.session) this.#delete(path);
      // As the keeper does: it asks for the owner unless ZooKeeper would have told us by now.
      else if (owner !== undefined && this.state.confirmed && this.#answers.length === 0) this.wronged += 1;
    }
    this.#answer({ type: "removed", request });
  }

  #leftBehind(): string | undefined {
    const known = [this.state.path, ...this.state.outdated];
    return this.own.find(
      (path) => !known.includes(path) && this.znodes.get(path)?.content === this.#sent?.content,
    );
  }

  #delete(path: string): void {
    this.znodes.delete(path);
    if (this.#watched.delete(path)) this.#answer({ type: "vanished", path });
  }
}
