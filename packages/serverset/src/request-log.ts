/** What a request is for: `load` and `resync` read everything, `follow` lists again, `read` reads what was named. */
export interface LoggedRequest {
  readonly purpose: "load" | "resync" | "follow" | "read";
  /** The children that are read; undefined for a list. */
  readonly names?: readonly string[];
}

const FIRST_PRUNING = 1_024;

/**
 * The requests of a connection that are under way, and what was told of which name while they were. Requests and
 * notifications share one row of numbers, so it can be said of a reply whether something newer is known.
 */
export class RequestLog {
  readonly #underWay = new Map<number, LoggedRequest>();
  /** Number of the newest that was told of a name; `undefined` stands for the set itself. */
  readonly #told = new Map<string | undefined, number>();
  readonly #gone = new Map<string | undefined, number>();
  #number = 0;
  #lists = 0;
  #loads = 0;
  #pruneAbove = FIRST_PRUNING;

  get listing(): boolean {
    return this.#lists > 0;
  }

  /** Requests for members under way. */
  get reading(): number {
    return this.#underWay.size - this.#lists;
  }

  /** True while something is under way that a load waits for. */
  get loading(): boolean {
    return this.#loads > 0;
  }

  issue(request: LoggedRequest): number {
    this.#prune();
    this.#number += 1;
    this.#underWay.set(this.#number, request);
    this.#count(request, 1);
    return this.#number;
  }

  /** Its reply is here. Undefined for a request of an earlier connection. */
  take(number: number): LoggedRequest | undefined {
    const request = this.#underWay.get(number);
    if (request === undefined) return undefined;
    this.#underWay.delete(number);
    this.#count(request, -1);
    return request;
  }

  /** A notification of `name`. */
  told(name: string | undefined, deleted: boolean): void {
    this.#number += 1;
    if (this.#underWay.size === 0) return;
    this.#told.set(name, this.#number);
    if (deleted) this.#gone.set(name, this.#number);
  }

  /** The list `number` does not have these, so an older reply that does is outdated, though it comes later. */
  missed(listed: ReadonlySet<string>, number: number): void {
    for (const [request, { names = [] }] of this.#underWay) {
      if (request > number) continue;
      for (const name of names) if (!listed.has(name)) this.#gone.set(name, number);
    }
  }

  toldSince(name: string | undefined, number: number): boolean {
    return (this.#told.get(name) ?? 0) > number;
  }

  goneSince(name: string, number: number): boolean {
    return (this.#gone.get(name) ?? 0) > number;
  }

  /** With the connection. Numbers go on, so a reply of the past finds no request. */
  clear(): void {
    this.#underWay.clear();
    this.#told.clear();
    this.#gone.clear();
    this.#lists = 0;
    this.#loads = 0;
  }

  #count({ purpose, names }: LoggedRequest, by: 1 | -1): void {
    if (names === undefined) this.#lists += by;
    if (purpose === "load") this.#loads += by;
  }

  /** What is older than every request under way can not matter any more. */
  #prune(): void {
    const [oldest] = this.#underWay.keys();
    if (oldest !== undefined && this.#told.size + this.#gone.size < this.#pruneAbove) return;
    for (const numbers of [this.#told, this.#gone]) {
      for (const [name, number] of numbers) {
        if (oldest === undefined || number < oldest) numbers.delete(name);
      }
    }
    this.#pruneAbove = Math.max(FIRST_PRUNING, 2 * (this.#told.size + this.#gone.size));
  }
}
