import type { ServerSetError } from "./errors.ts";
import type { InvalidMember, Member } from "./member.ts";

/** A ServerSet as it was at one moment. */
export interface ServerSet {
  readonly path: string;
  /** False when there is no such znode, as opposed to one without members. */
  readonly exists: boolean;
  /** Ordered by name, which is the order of joining. */
  readonly members: readonly SetMember[];
  /** Members whose bytes no reader can use, with the reason; they never hide the others. */
  readonly invalid: readonly InvalidMember[];
}

/** A member as it is shown in a set. */
export interface SetMember extends Member {
  /** The product of the set's weight vectors that select this member; only with `weights: true`. */
  readonly weight?: number;
}

export interface Snapshot extends ServerSet {
  /** Counts the sessions of this process, from 1. */
  readonly generation: number;
  /** Counts what this watch has shown, from 1; 0 when the set was asked for once. */
  readonly revision: number;
  /** The newest transaction seen in the set. */
  readonly zxid: bigint;
  /** True while ZooKeeper is out of reach or refuses: the set may have changed since. */
  readonly stale: boolean;
  /** Since when it is stale; Unix epoch, ms. */
  readonly staleSinceMs?: number;
  /** Why, in words. */
  readonly staleReason?: string;
  /** Stale for longer than `probationMs`: what is shown should not be relied on any more. */
  readonly unusable?: true;
  /** When it became this; Unix epoch, ms. */
  readonly readAtMs: number;
}

export type SetEvent =
  /** The whole set: first, and again when it has become unusable. */
  | { readonly type: "snapshot"; readonly snapshot: Snapshot }
  /** Everything since the last event, merged. With three empty lists `exists` or `invalid` has changed. */
  | {
      readonly type: "change";
      readonly added: readonly SetMember[];
      readonly removed: readonly SetMember[];
      /** The same znode with other bytes, as it is now. */
      readonly changed: readonly SetMember[];
      readonly snapshot: Snapshot;
    }
  /** Out of reach since then (Unix epoch, ms); what was shown stays true as far as we know. */
  | { readonly type: "stale"; readonly sinceMs: number; readonly reason: string; readonly snapshot: Snapshot }
  /** All has been read again; a `change` before it told what differed. */
  | { readonly type: "fresh"; readonly snapshot: Snapshot }
  /** Something is refused and tried again, or removals are held back. */
  | { readonly type: "problem"; readonly error: ServerSetError };

/** What JSON can hold: the transaction as ZooKeeper prints it, `0x10000002a`. */
function toJSON(this: Snapshot): object {
  return { ...this, zxid: `0x${this.zxid.toString(16)}` };
}

/** `JSON.stringify` throws for a bigint, and a snapshot is the first thing that anybody prints. */
export function snapshotOf(snapshot: Snapshot): Snapshot {
  return Object.defineProperty(snapshot, "toJSON", { value: toJSON });
}
