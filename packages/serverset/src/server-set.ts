import { fromZooKeeperCode, isCode, ServerSetError } from "./errors.ts";
import { type InvalidMember, MEMBER_PREFIX, type Member, parseMember } from "./member.ts";
import { type MirrorNode, mirrorTree, type TreeMirror } from "./tree-mirror.ts";
import type { Connection } from "./zookeeper/connection.ts";
import type { ReadResult } from "./zookeeper/raw-operations.ts";
import type { ZooKeeperSession } from "./zookeeper/session-supervisor.ts";

/** A ServerSet as it was at one moment. */
export interface ServerSet {
  readonly path: string;
  /** False when there is no such znode, as opposed to one without members. */
  readonly exists: boolean;
  /** Ordered by name, which is the order of joining. */
  readonly members: readonly Member[];
  /** Members whose bytes no reader can use, with the reason; they never hide the others. */
  readonly invalid: readonly InvalidMember[];
}

const BATCH = 500;

/** Reads a ServerSet once. Waits for a connection as long as `signal` allows. */
export async function queryServerSet(
  session: ZooKeeperSession,
  path: string,
  signal: AbortSignal,
): Promise<ServerSet> {
  const { connection } = await session.connected(signal);
  let names: string[];
  try {
    names = (await connection.getChildren(path)).filter(isMember).sort();
  } catch (error) {
    if (isCode(error, "NO_NODE")) return { path, exists: false, members: [], invalid: [] };
    throw error;
  }
  const parsed: (Member | InvalidMember)[] = [];
  for (let start = 0; start < names.length; start += BATCH) {
    signal.throwIfAborted();
    const batch = names.slice(start, start + BATCH);
    const results = await connection.multiRead(
      batch.map((name) => ({ kind: "data", path: `${path}/${name}` })),
    );
    for (const [index, name] of batch.entries()) {
      const result = results[index];
      // A member that went between the list and the read is simply not there; one that may not be read is.
      if (result === undefined || isAbsent(result)) continue;
      if ("data" in result) parsed.push(parseMember(name, result.data));
      else if ("errorCode" in result) parsed.push(unreadable(name, result.errorCode, path));
    }
  }
  return { path, exists: true, ...split(parsed) };
}

/** A ServerSet and how many members it has. */
export interface ServerSetSummary {
  readonly path: string;
  readonly members: number;
}

const DEEPEST = 8;
const MOST_PATHS = 200_000;

/**
 * The ServerSets at or below `root`: every znode that has members, and every znode without children that is neither a
 * member nor beside members.
 * @throws ServerSetError NO_NODE when there is no such root.
 */
export async function listServerSets(
  session: ZooKeeperSession,
  root: string,
  signal: AbortSignal,
): Promise<readonly ServerSetSummary[]> {
  const { connection } = await session.connected(signal);
  const found: ServerSetSummary[] = [];
  /** Foreign children of a ServerSet, such as Finagle's weight vectors: no sets, unless they have members. */
  const besideMembers = new Set<string>();
  let level = [root];
  for (let depth = 0; level.length > 0 && depth <= DEEPEST; depth++) {
    signal.throwIfAborted();
    const lists = await childrenOf(connection, level, depth === 0);
    level = [];
    for (const [path, children] of lists) {
      const members = children.filter(isMember).length;
      const below = foreignPaths(path, children);
      if (members > 0 || (below.length === 0 && !besideMembers.has(path))) found.push({ path, members });
      for (const child of below) level.push(child);
      if (members > 0) for (const child of below) besideMembers.add(child);
    }
  }
  return found.sort((a, b) => (a.path < b.path ? -1 : 1));
}

function foreignPaths(path: string, children: readonly string[]): string[] {
  const prefix = path === "/" ? "/" : `${path}/`;
  return children.filter((child) => !isMember(child)).map((child) => prefix + child);
}

async function childrenOf(connection: Connection, paths: readonly string[], mustExist: boolean) {
  if (paths.length > MOST_PATHS) {
    const message = `more than ${MOST_PATHS} znodes on one level, ${paths[0]} among them: name a part of the tree`;
    throw new ServerSetError("TOO_LARGE", message);
  }
  const lists = new Map<string, readonly string[]>();
  if (mustExist) for (const path of paths) lists.set(path, await connection.getChildren(path));
  for (let start = 0; !mustExist && start < paths.length; start += BATCH) {
    const batch = paths.slice(start, start + BATCH);
    const results = await connection.multiRead(batch.map((path) => ({ kind: "children", path })));
    for (const [index, path] of batch.entries()) {
      const result = results[index];
      if (result === undefined || isAbsent(result)) continue;
      if ("children" in result) lists.set(path, result.children);
      else if ("errorCode" in result) throw fromZooKeeperCode(result.errorCode, "list", path);
    }
  }
  return lists;
}

export type ServerSetEvent =
  /** The whole set: first, and again after every reconnection. */
  | { readonly type: "RESYNC"; readonly set: ServerSet }
  | { readonly type: "ADD"; readonly member: Member | InvalidMember }
  | { readonly type: "REMOVE"; readonly name: string; readonly member: Member | InvalidMember }
  | { readonly type: "CHANGE"; readonly member: Member | InvalidMember }
  /** ZooKeeper is out of reach; what was known stays true as far as we know. */
  | { readonly type: "DISCONNECTED"; readonly reason: string };

/**
 * Follows a ServerSet until `signal` aborts. Events come in order; a slow consumer gets a RESYNC in place of a backlog.
 * @throws ServerSetError when reading is refused (NO_AUTH, UNSUPPORTED).
 */
export async function* watchServerSet(
  session: ZooKeeperSession,
  path: string,
  signal: AbortSignal,
): AsyncGenerator<ServerSetEvent, void, void> {
  const mirror = mirrorTree(session, path);
  const queue = new EventQueue(() => ({ type: "RESYNC", set: currentSet(mirror) }));
  const wake = () => queue.wake();
  signal.addEventListener("abort", wake);
  const known = new Map<string, { czxid: bigint; member: Member | InvalidMember }>();
  let resync = true;
  const unsubscribe = mirror.subscribe((event) => {
    if (event.type === "stale") {
      queue.push({ type: "DISCONNECTED", reason: session.status.error ?? "the connection was lost" });
      resync = true;
    } else if (event.type === "fresh") {
      if (resync) queue.push({ type: "RESYNC", set: currentSet(mirror) });
      resync = false;
      remember();
    } else if (mirror.state === "fresh" && !resync) {
      for (const changed of event.paths) differ(changed);
    }
  });
  const remember = () => {
    known.clear();
    for (const [each, node] of memberNodes(mirror))
      known.set(each, { czxid: node.czxid, member: readMember(each, node) });
  };
  const differ = (changed: string) => {
    if (!isMemberOf(path, changed)) return;
    const node = mirror.nodes.get(changed);
    const before = known.get(changed);
    if (node === undefined) {
      known.delete(changed);
      if (before !== undefined)
        queue.push({ type: "REMOVE", name: before.member.name, member: before.member });
      return;
    }
    const member = readMember(changed, node);
    known.set(changed, { czxid: node.czxid, member });
    queue.push({ type: before === undefined ? "ADD" : "CHANGE", member });
  };
  try {
    await mirror.ready(signal);
    while (true) yield await queue.next(signal);
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    signal.removeEventListener("abort", wake);
    unsubscribe();
    await mirror.close();
  }
}

const MOST_QUEUED = 10_000;

/** Events for one consumer, at most `MOST_QUEUED`: beyond that the whole state replaces them. */
class EventQueue {
  #events: ServerSetEvent[] = [];
  #waiting: (() => void) | undefined;
  readonly #whole: () => ServerSetEvent;

  constructor(whole: () => ServerSetEvent) {
    this.#whole = whole;
  }

  push(event: ServerSetEvent): void {
    if (this.#events.length >= MOST_QUEUED) this.#events = [this.#whole()];
    else this.#events.push(event);
    this.wake();
  }

  wake(): void {
    this.#waiting?.();
  }

  async next(signal: AbortSignal): Promise<ServerSetEvent> {
    for (;;) {
      signal.throwIfAborted();
      const event = this.#events.shift();
      if (event !== undefined) return event;
      const woken = Promise.withResolvers<void>();
      this.#waiting = woken.resolve;
      await woken.promise;
    }
  }
}

function currentSet(mirror: TreeMirror): ServerSet {
  const members = [...memberNodes(mirror)].map(([path, node]) => readMember(path, node));
  return { path: mirror.root, exists: mirror.nodes.has(mirror.root), ...split(members) };
}

function* memberNodes(mirror: TreeMirror): Generator<[string, MirrorNode]> {
  for (const entry of mirror.nodes) if (isMemberOf(mirror.root, entry[0])) yield entry;
}

function readMember(path: string, node: MirrorNode): Member | InvalidMember {
  const name = path.slice(path.lastIndexOf("/") + 1);
  if (node.unreadable !== undefined) return { valid: false, name, reason: node.unreadable };
  return parseMember(name, node.data);
}

const NO_NODE = -101;

function isAbsent(result: ReadResult): boolean {
  return "errorCode" in result && result.errorCode === NO_NODE;
}

function unreadable(name: string, code: number, set: string): InvalidMember {
  return { valid: false, name, reason: fromZooKeeperCode(code, "read", `${set}/${name}`).message };
}

function isMemberOf(set: string, path: string): boolean {
  const prefix = set === "/" ? "/" : `${set}/`;
  return path.startsWith(prefix) && isMember(path.slice(prefix.length));
}

/** Children with other names, Finagle's weight vectors among them, are not members. */
export function isMember(name: string): boolean {
  return name.startsWith(MEMBER_PREFIX) && !name.includes("/");
}

function split(parsed: readonly (Member | InvalidMember)[]): { members: Member[]; invalid: InvalidMember[] } {
  const sorted = [...parsed].sort((a, b) => (a.name < b.name ? -1 : 1));
  return { members: sorted.filter((each) => each.valid), invalid: sorted.filter((each) => !each.valid) };
}
