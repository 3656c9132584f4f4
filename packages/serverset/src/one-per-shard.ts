import type { SetEntry } from "./member-reading.ts";

/**
 * Of several members with one shard only the newest: the others are left over from a crashed run or from an update.
 * Members without a shard pass.
 */
export class OnePerShard {
  readonly #byShard = new Map<number, Map<string, SetEntry>>();
  readonly #shardOf = new Map<string, number>();

  apply(changes: ReadonlyMap<string, SetEntry | undefined>): ReadonlyMap<string, SetEntry | undefined> {
    const result = new Map<string, SetEntry | undefined>();
    const before = new Map<number, SetEntry | undefined>();
    const remember = (shard: number) => {
      if (!before.has(shard)) before.set(shard, newest(this.#byShard.get(shard)));
    };
    for (const [name, entry] of changes) {
      const old = this.#shardOf.get(name);
      const shard = entry?.member?.valid ? entry.member.shard : undefined;
      for (const each of [old, shard]) if (each !== undefined) remember(each);
      this.#take(name, old);
      if (shard === undefined || entry === undefined) result.set(name, entry);
      else this.#put(name, shard, entry);
    }
    for (const [shard, was] of before) {
      const is = newest(this.#byShard.get(shard));
      if (was === is) continue;
      if (was !== undefined && was.name !== is?.name && !isShown(result, was.name))
        result.set(was.name, undefined);
      if (is !== undefined) result.set(is.name, is);
    }
    return result;
  }

  #take(name: string, shard: number | undefined): void {
    if (shard === undefined) return;
    this.#shardOf.delete(name);
    const all = this.#byShard.get(shard);
    all?.delete(name);
    if (all?.size === 0) this.#byShard.delete(shard);
  }

  #put(name: string, shard: number, entry: SetEntry): void {
    this.#shardOf.set(name, shard);
    this.#byShard.set(shard, (this.#byShard.get(shard) ?? new Map<string, SetEntry>()).set(name, entry));
  }
}

/** A member that has another shard now is shown for that one, or passed without any. */
function isShown(result: ReadonlyMap<string, SetEntry | undefined>, name: string): boolean {
  return result.get(name) !== undefined;
}

function newest(entries: ReadonlyMap<string, SetEntry> | undefined): SetEntry | undefined {
  let found: SetEntry | undefined;
  for (const entry of entries?.values() ?? []) {
    if (found === undefined || entry.czxid > found.czxid) found = entry;
  }
  return found;
}
