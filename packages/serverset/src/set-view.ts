import type { InvalidMember } from "./member.ts";
import { byName, type SetEntry } from "./member-reading.ts";
import type { SetMember } from "./snapshot.ts";
import { type WeightVector, weightOf } from "./weight-vector.ts";

type Changes = ReadonlyMap<string, SetEntry | undefined>;

/** Tells usable members from others; the order stays. Weight vectors are neither. */
export function split(entries: Iterable<SetEntry>): { members: SetMember[]; invalid: InvalidMember[] } {
  const members: SetMember[] = [];
  const invalid: InvalidMember[] = [];
  for (const { member } of entries) {
    if (member?.valid) members.push(member);
    else if (member !== undefined) invalid.push(member);
  }
  return { members, invalid };
}

/** The members with the weights that the vectors among `entries` give them. */
export function weighed(entries: Iterable<SetEntry>): SetEntry[] {
  const changes = new Weigher().apply(new Map([...entries].map((entry) => [entry.name, entry])));
  return [...changes.values()].filter((entry) => entry !== undefined);
}

/** Takes the weight vectors out of what changes and gives the members their weights. */
export class Weigher {
  readonly #vectors = new Map<string, WeightVector>();
  readonly #members = new Map<string, SetEntry>();
  readonly #weights = new Map<string, number>();

  apply(changes: Changes): Changes {
    const result = new Map<string, SetEntry | undefined>();
    let reweigh = false;
    for (const [name, entry] of changes) {
      if (entry?.vector !== undefined || this.#vectors.has(name)) {
        reweigh = true;
        if (entry?.vector === undefined) this.#vectors.delete(name);
        else this.#vectors.set(name, entry.vector);
      } else if (entry === undefined) {
        this.#members.delete(name);
        this.#weights.delete(name);
        result.set(name, undefined);
      } else {
        this.#members.set(name, entry);
        this.#weights.delete(name);
      }
    }
    const names = reweigh ? this.#members.keys() : changes.keys();
    for (const name of names) this.#weigh(name, result);
    return result;
  }

  #weigh(name: string, result: Map<string, SetEntry | undefined>): void {
    const entry = this.#members.get(name);
    if (entry === undefined) return;
    const weight = entry.member?.valid ? weightOf(entry.member, this.#vectors.values()) : 1;
    if (this.#weights.get(name) === weight) return;
    this.#weights.set(name, weight);
    result.set(name, entry.member?.valid ? { ...entry, member: withWeight(entry.member, weight) } : entry);
  }
}

function withWeight(member: SetMember, weight: number): SetMember {
  return { ...member, weight };
}

/** Entries in the order of their names. What it gave out never changes. */
export class SortedEntries {
  #sorted: readonly SetEntry[] = [];

  get all(): readonly SetEntry[] {
    return this.#sorted;
  }

  /** Brings the named ones up to date with `view`. */
  update(names: ReadonlySet<string>, view: ReadonlyMap<string, SetEntry>): void {
    // A few are put into place one by one; beyond that sorting anew is cheaper.
    if (names.size * 16 > view.size) {
      this.#sorted = byName([...view.values()]);
      return;
    }
    const sorted = [...this.#sorted];
    for (const name of names) {
      const at = placeOf(sorted, name);
      const entry = view.get(name);
      const isThere = sorted[at]?.name === name;
      if (entry === undefined) sorted.splice(at, isThere ? 1 : 0);
      else sorted.splice(at, isThere ? 1 : 0, entry);
    }
    this.#sorted = sorted;
  }
}

function placeOf(sorted: readonly SetEntry[], name: string): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sorted[middle] as SetEntry).name < name) low = middle + 1;
    else high = middle;
  }
  return low;
}
