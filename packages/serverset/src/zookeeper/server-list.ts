import { lookup as lookUp } from "node:dns/promises";
import { isIP } from "node:net";
import type { Clock } from "@borealis/clock";
import type { ServerAddress } from "./servers.ts";
import { socketProblem } from "./socket-problem.ts";

/** The addresses of a host name. */
export type Lookup = (host: string) => Promise<readonly string[]>;

export interface ServerListOptions {
  /** As they were written: names or addresses. */
  readonly servers: readonly ServerAddress[];
  readonly clock: Clock;
  readonly random: () => number;
  readonly lookup?: Lookup | undefined;
}

/**
 * Every address of every server, in an order drawn once, handed out in turn.
 * Names are looked up anew by `resolve`: known addresses then keep their place, new ones come in anywhere, those that are
 * gone leave. A name that can not be looked up stays what it was last known as.
 */
export class ServerList {
  readonly #servers: readonly ServerAddress[];
  readonly #names: readonly string[];
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #lookup: Lookup;
  readonly #addresses = new Map<string, readonly string[]>();
  readonly #problems = new Map<string, string>();
  /** Never two look-ups of one name: they hang in threads that the whole process shares. */
  readonly #underWay = new Set<string>();
  #go: () => void = () => {};
  /** The next one first, the last one that was handed out last. */
  #ring: readonly ServerAddress[] = [];

  constructor({ servers, clock, random, lookup = allAddresses }: ServerListOptions) {
    this.#servers = servers;
    this.#names = [...new Set(servers.map(({ host }) => host).filter((host) => isIP(host) === 0))];
    this.#clock = clock;
    this.#random = random;
    this.#lookup = lookup;
    this.#merge();
  }

  get hasNames(): boolean {
    return this.#names.length > 0;
  }

  /** Addresses known. */
  get size(): number {
    return this.#ring.length;
  }

  /** What is wrong with each name that the last look-up failed for. */
  get problem(): string | undefined {
    const each = [...this.#problems].map(([name, reason]) => `${name}: ${reason}`);
    return each.length === 0 ? undefined : `can not look up ${each.join("; ")}`;
  }

  next(): ServerAddress | undefined {
    const [first, ...rest] = this.#ring;
    if (first !== undefined) this.#ring = [...rest, first];
    return first;
  }

  /** The one handed out last. */
  same(): ServerAddress | undefined {
    return this.#ring.at(-1);
  }

  /** Looks all names up; what has not answered after `deadlineMs` counts as last known, and its answer the next time. */
  async resolve(deadlineMs: number): Promise<void> {
    for (const name of this.#names) if (!this.#underWay.has(name)) void this.#look(name);
    if (this.#underWay.size > 0) {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#go = resolve;
      const cancel = this.#clock.after(deadlineMs, () => {
        for (const name of this.#underWay) this.#problems.set(name, `no answer within ${deadlineMs} ms`);
        resolve();
      });
      await promise;
      cancel();
    }
    this.#merge();
  }

  /** Ends a `resolve` under way with what is known. */
  giveUp(): void {
    this.#go();
  }

  async #look(name: string): Promise<void> {
    this.#underWay.add(name);
    try {
      const addresses = await this.#lookup(name);
      if (addresses.length === 0) throw new Error("it has no address");
      this.#addresses.set(name, addresses);
      this.#problems.delete(name);
    } catch (error) {
      this.#problems.set(name, socketProblem(error instanceof Error ? error : new Error(String(error))));
    }
    this.#underWay.delete(name);
    if (this.#underWay.size === 0) this.#go();
  }

  #merge(): void {
    const wanted = new Map<string, ServerAddress>();
    for (const server of this.#servers) {
      for (const each of this.#expand(server)) if (!wanted.has(keyOf(each))) wanted.set(keyOf(each), each);
    }
    const ring: ServerAddress[] = [];
    for (const known of this.#ring) {
      const still = wanted.get(keyOf(known));
      if (still !== undefined) ring.push(still);
      wanted.delete(keyOf(known));
    }
    for (const added of wanted.values()) {
      ring.splice(Math.floor(this.#random() * (ring.length + 1)), 0, added);
    }
    this.#ring = ring;
  }

  #expand({ host, port }: ServerAddress): readonly ServerAddress[] {
    if (isIP(host) !== 0) return [{ host, port }];
    return (this.#addresses.get(host) ?? []).map((address) => ({ host: address, port, name: host }));
  }
}

function keyOf({ host, port }: ServerAddress): string {
  return `${host} ${port}`;
}

async function allAddresses(host: string): Promise<readonly string[]> {
  return (await lookUp(host, { all: true })).map(({ address }) => address);
}
