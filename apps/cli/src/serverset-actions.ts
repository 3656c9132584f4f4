import { formatWallTime, systemClock } from "@borealis/clock";
import { parseJobKey, serverSetPath } from "@borealis/schema";
import {
  connectZooKeeper,
  type InvalidMember,
  isCode,
  listServerSets,
  type Member,
  queryServerSet,
  type ServerSetEvent,
  watchServerSet,
  type ZooKeeperSession,
} from "@borealis/serverset";
import { EXIT } from "./exit-codes.ts";
import { CliError } from "./fail.ts";
import { serverSetRoot } from "./root.ts";
import type { GetOptions, ServerSetOptions } from "./serverset-command.ts";
import { formatTable, printable } from "./table.ts";

type Connectable<T> = T & { readonly zk: string };

export async function ls(path: string | undefined, options: Connectable<ServerSetOptions>): Promise<void> {
  const root = path === undefined ? serverSetRoot(options.root) : placeOf(path, options.root);
  const sets = await ask(options, async (session, signal) => {
    try {
      return await listServerSets(session, root, signal);
    } catch (error) {
      if (path === undefined && isCode(error, "NO_NODE")) return [];
      throw isCode(error, "NO_NODE") ? new CliError(`${root} does not exist`, EXIT.negative) : error;
    }
  });
  if (options.output === "json") return print(JSON.stringify(sets));
  if (sets.length === 0) return note(`no ServerSets at ${root}`);
  print(
    formatTable(
      ["PATH", "MEMBERS"],
      sets.map((set) => [set.path, String(set.members)]),
      ["left", "right"],
    ),
  );
}

export async function get(set: string, options: Connectable<GetOptions>): Promise<void> {
  const path = setPath(set, options.root);
  const found = await ask(options, (session, signal) => queryServerSet(session, path, signal));
  if (options.output === "json") print(JSON.stringify(found));
  else if (found.members.length + found.invalid.length > 0)
    print(memberTable([...found.members, ...found.invalid]));
  const least = options.min ?? 0;
  if (!found.exists) note(`${path} does not exist; borealis serverset ls shows what does`);
  else if (found.members.length < least)
    note(`${path} has ${found.members.length} of the ${least} members wanted`);
  else if (found.members.length === 0) note(`${path} has no members`);
  if (!found.exists || found.members.length < least) process.exitCode = EXIT.negative;
}

export async function watch(set: string, options: Connectable<ServerSetOptions>): Promise<void> {
  const path = setPath(set, options.root);
  const stop = new AbortController();
  let interrupted = false;
  const end = (signal: NodeJS.Signals) => {
    interrupted = signal === "SIGINT";
    stop.abort();
  };
  process.on("SIGINT", end);
  process.on("SIGTERM", end);
  await using session = connectZooKeeper({ servers: options.zk });
  try {
    await reach(session, options, stop.signal);
    for await (const event of watchServerSet(session, path, stop.signal)) {
      print(options.output === "json" ? formatEventJson(event) : formatEvent(event));
    }
  } catch (error) {
    if (error !== stop.signal.reason) throw error;
  }
  if (interrupted) process.exitCode = EXIT.interrupted;
}

async function ask<T>(
  options: Connectable<ServerSetOptions>,
  question: (session: ZooKeeperSession, signal: AbortSignal) => Promise<T>,
): Promise<T> {
  await using session = connectZooKeeper({ servers: options.zk });
  await reach(session, options);
  using deadline = systemClock.deadline(options.timeout * 1000);
  const answer = question(session, deadline.signal);
  return await Promise.race([answer, timeUp(deadline.signal, options)]);
}

async function reach(session: ZooKeeperSession, options: Connectable<ServerSetOptions>, stop?: AbortSignal) {
  using deadline = systemClock.deadline(options.timeout * 1000, stop);
  try {
    await session.connected(deadline.signal);
  } catch (error) {
    if (!deadline.expired) throw error;
    const why = session.status.error ?? `no answer from ${options.zk}`;
    throw new CliError(`${why} (tried for ${options.timeout} s)`, EXIT.network);
  }
}

function timeUp(signal: AbortSignal, { timeout, zk }: Connectable<ServerSetOptions>): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener("abort", () => {
      reject(
        new CliError(
          `ZooKeeper at ${zk} did not answer within ${timeout} s; give more with --timeout`,
          EXIT.timeout,
        ),
      );
    });
  });
}

/** A job's ServerSet, or any znode by its absolute path. */
function setPath(text: string, root: string): string {
  if (text.startsWith("/")) return text.length > 1 ? text.replace(/\/+$/, "") : text;
  const parsed = parseJobKey(text);
  if ("problem" in parsed) throw new CliError(`${parsed.problem}, or a path that begins with /`, EXIT.usage);
  return serverSetPath(parsed.key, serverSetRoot(root));
}

/** Where to list: a znode's path, or what comes below the root, such as a role. */
function placeOf(text: string, root: string): string {
  if (text.startsWith("/")) return setPath(text, root);
  const base = serverSetRoot(root);
  return `${base === "/" ? "" : base}/${text.replace(/\/+$/, "")}`;
}

function memberTable(members: readonly (Member | InvalidMember)[]): string {
  const rows = members.map((member) => {
    if (!member.valid) return [member.name, "INVALID", "", member.reason, ""];
    const others = Object.entries(member.additionalEndpoints).map(
      ([name, each]) => `${name}=${address(each)}`,
    );
    return [
      member.name,
      member.status,
      String(member.shard ?? ""),
      address(member.serviceEndpoint),
      others.join(" "),
    ];
  });
  return formatTable(["MEMBER", "STATUS", "SHARD", "ENDPOINT", "ADDITIONAL"], rows);
}

function formatEvent(event: ServerSetEvent): string {
  const at = formatWallTime(systemClock.wallTime());
  switch (event.type) {
    case "RESYNC": {
      const { set } = event;
      const all = [...set.members, ...set.invalid];
      const count = set.exists ? `${all.length} member${all.length === 1 ? "" : "s"}` : "does not exist";
      return [`${at} RESYNC ${set.path}: ${count}`, ...all.map((member) => `  ${oneLine(member)}`)].join(
        "\n",
      );
    }
    case "REMOVE":
    case "ADD":
    case "CHANGE":
      return `${at} ${event.type} ${oneLine(event.member)}`;
    case "DISCONNECTED":
      return `${at} DISCONNECTED ${event.reason}; what is shown is what was last known`;
  }
}

function formatEventJson(event: ServerSetEvent): string {
  return JSON.stringify({ at: formatWallTime(systemClock.wallTime()), ...event });
}

function oneLine(member: Member | InvalidMember): string {
  if (!member.valid) return printable(`${member.name} INVALID ${member.reason}`);
  const shard = member.shard === undefined ? "" : ` shard ${member.shard}`;
  return printable(`${member.name} ${member.status} ${address(member.serviceEndpoint)}${shard}`);
}

function address({ host, port }: { host: string; port: number }): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

function note(text: string): void {
  process.stderr.write(`borealis: ${text}\n`);
}
