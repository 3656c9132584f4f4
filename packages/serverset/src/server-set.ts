import type { ServerSetError } from "./errors.ts";
import type { InvalidMember, Member } from "./member.ts";
import { watchSet } from "./server-set-watch.ts";
import type { Difference } from "./set-subscription.ts";
import type { ServerSet, Snapshot } from "./snapshot.ts";
import type { ZooKeeperSession } from "./zookeeper/session-supervisor.ts";

export { isMember } from "./member-reading.ts";
export { ServerSetWatch, watchSet } from "./server-set-watch.ts";
export { listServerSets, type ServerSetSummary } from "./set-list.ts";
export { queryServerSet, type SetReadOptions } from "./set-query.ts";
export type { WatchOptions } from "./set-subscription.ts";
export type { ServerSet, SetEvent, SetMember, Snapshot } from "./snapshot.ts";

export type ServerSetEvent =
  /** The whole set: first, and again after every reconnection. */
  | { readonly type: "RESYNC"; readonly set: ServerSet }
  | { readonly type: "ADD"; readonly member: Member | InvalidMember }
  | { readonly type: "REMOVE"; readonly name: string; readonly member: Member | InvalidMember }
  | { readonly type: "CHANGE"; readonly member: Member | InvalidMember }
  /** ZooKeeper is out of reach; what was known stays true as far as we know. */
  | { readonly type: "DISCONNECTED"; readonly reason: string }
  /** Reading is refused, though it was not at first, and tried again; or nothing has been heard for long. */
  | { readonly type: "PROBLEM"; readonly reason: string; readonly error: ServerSetError };

/**
 * Follows a ServerSet until `signal` aborts, one event for each member, exactly as ZooKeeper tells it. A slow consumer
 * gets what came meanwhile as one difference: what came and went is left out.
 * @throws ServerSetError when reading is refused from the start (NO_AUTH, TOO_LARGE), or CLOSED with the session.
 */
export async function* watchServerSet(
  session: ZooKeeperSession,
  path: string,
  signal: AbortSignal,
): AsyncGenerator<ServerSetEvent, void, void> {
  await using watch = watchSet(session, path, { signal, massRemovalGuard: false });
  let isShown = false;
  let isStale = false;
  for (let told = await watch.told(); told !== undefined; told = await watch.told()) {
    if (told.type === "problem") {
      const { error } = told;
      if (error.code === "CLOSED" || (!isShown && !error.retryable)) throw error;
      yield { type: "PROBLEM", reason: error.message, error };
    } else if (told.type === "stale") {
      isStale = true;
      yield { type: "DISCONNECTED", reason: told.snapshot.staleReason ?? "the connection was lost" };
    } else if (told.type === "change" && !isStale) {
      // One without contact is told with all the rest by the RESYNC that follows it.
      yield* eventsOf(told.differences);
    } else if (told.type === "fresh" || (told.type === "snapshot" && !isShown)) {
      isShown = true;
      isStale = false;
      yield { type: "RESYNC", set: plain(told.snapshot) };
    }
  }
}

/** What goes before what comes: a name can be that of another znode now. */
function* eventsOf(differences: readonly Difference[]): Generator<ServerSetEvent> {
  const isChange = ({ before, after }: Difference) => before !== undefined && before.czxid === after?.czxid;
  for (const each of differences) {
    const member = each.before?.member;
    if (member !== undefined && !isChange(each)) yield { type: "REMOVE", name: member.name, member };
  }
  for (const each of differences) {
    const member = each.after?.member;
    if (member !== undefined) yield { type: isChange(each) ? "CHANGE" : "ADD", member };
  }
}

function plain({ path, exists, members, invalid }: Snapshot): ServerSet {
  return { path, exists, members, invalid };
}
