import { ask } from "@borealis/private-zookeeper";
import {
  ensureParents,
  formatMember,
  type ServerSetWatch,
  type SetEvent,
  type Snapshot,
  type ZooKeeperSession,
} from "../src/index.ts";
import { connectionOf, memberOf } from "./live.ts";

export const soon = { timeout: 10_000, interval: 10 };

/** Puts a znode there; without data a member. */
export async function put(
  session: ZooKeeperSession,
  path: string,
  data: string | Buffer = formatMember(memberOf(0)),
) {
  const connection = await connectionOf(session);
  await ensureParents(connection, path);
  await connection.create(path, Buffer.from(data), "persistent");
}

export async function putMany(
  session: ZooKeeperSession,
  set: string,
  count: number,
  mode = "persistent" as const,
) {
  const connection = await connectionOf(session);
  await ensureParents(connection, `${set}/member_`);
  const bytes = formatMember(memberOf(0));
  for (let start = 0; start < count; start += 500) {
    const some = Array.from({ length: Math.min(500, count - start) }, (_, index) => start + index);
    await Promise.all(some.map((each) => connection.create(`${set}/${memberName(each)}`, bytes, mode)));
  }
}

export const memberName = (number: number): string => `member_${String(number).padStart(10, "0")}`;

/** What a watch tells, in few words, and how it ended. */
export function follow(watch: ServerSetWatch) {
  const events: SetEvent[] = [];
  const ended = (async () => {
    for await (const event of watch) events.push(event);
  })();
  return { watch, events, ended, take: () => events.splice(0).map(brief) };
}

const names = (members: readonly { readonly name: string }[]): string =>
  members.map(({ name }) => name.replace(/^member_0*(?=\d)/, "")).join(",");

function brief(event: SetEvent): string {
  switch (event.type) {
    case "snapshot":
      return `snapshot ${shown(event.snapshot)}`;
    case "change": {
      const parts = { "+": event.added, "-": event.removed, "~": event.changed };
      const words = Object.entries(parts).flatMap(([sign, all]) =>
        all.length > 0 ? [`${sign}${names(all)}`] : [],
      );
      return ["change", ...words].join(" ");
    }
    case "problem":
      return `problem ${event.error.code}`;
    default:
      return event.type;
  }
}

export const shown = ({ exists, members }: Snapshot): string => (exists ? names(members) : "none");

/** How many paths are watched at the server. */
export async function watchedPaths(port: number): Promise<number> {
  const answer = (await ask(port, "wchs" as "srvr")) ?? "";
  return Number(/Total watches:(\d+)/.exec(answer)?.[1]);
}
