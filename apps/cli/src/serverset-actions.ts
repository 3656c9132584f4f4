import { systemClock } from "@borealis/clock";
import { parseJobKey, serverSetPath } from "@borealis/schema";
import {
  connectZooKeeper,
  isCode,
  listServerSets,
  queryServerSet,
  watchServerSet,
  type ZooKeeperSession,
} from "@borealis/serverset";
import { EXIT } from "./exit-codes.ts";
import { CliError } from "./fail.ts";
import { serverSetRoot } from "./root.ts";
import type { GetOptions, ServerSetOptions } from "./serverset-command.ts";
import { formatEvent, formatEventJson, memberTable, setTable } from "./serverset-text.ts";
import { printable } from "./table.ts";
import { readSecurity } from "./zookeeper-security.ts";

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
  if (options.output === "table" && sets.length === 0) return note(`no ServerSets at ${root}`);
  show(options, { table: () => setTable(sets), whole: sets, lines: sets });
  const unreadable = sets.flatMap((set) => set.unreadable ?? []);
  for (const reason of unreadable) note(`${reason}; give --zk-auth-config if there are credentials for it`);
  if (unreadable.length > 0) process.exitCode = EXIT.auth;
}

export async function get(set: string, options: Connectable<GetOptions>): Promise<void> {
  const path = setPath(set, options.root);
  const found = await ask(options, (session, signal) => queryServerSet(session, path, signal));
  const all = [...found.members, ...found.invalid];
  if (options.output !== "table" || all.length > 0) {
    show(options, { table: () => memberTable(all), whole: found, lines: all });
  }
  const least = options.min ?? 0;
  if (!found.exists) note(`${path} does not exist; borealis serverset ls shows what does`);
  else if (found.members.length < least)
    note(`${path} has ${found.members.length} of the ${least} members wanted`);
  else if (found.members.length === 0) note(`${path} has no members`);
  if (!found.exists || found.members.length < least) process.exitCode = EXIT.negative;
}

/** What is found, as a table, as one JSON value, or as one a line. */
function show(
  { output }: ServerSetOptions,
  { table, whole, lines }: { table: () => string; whole: unknown; lines: readonly unknown[] },
): void {
  if (output === "table") print(table());
  else if (output === "json") print(JSON.stringify(whole));
  else for (const line of lines) print(JSON.stringify(line));
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
  await using session = await open(options);
  try {
    await reach(session, options, stop.signal);
    for await (const event of watchServerSet(session, path, stop.signal)) {
      print(options.output === "table" ? formatEvent(event) : formatEventJson(event));
    }
  } catch (error) {
    if (error !== stop.signal.reason) throw error;
  }
  if (!stop.signal.aborted)
    throw new CliError(`the watch of ${path} ended without being told to`, EXIT.failed);
  if (interrupted) process.exitCode = EXIT.interrupted;
}

async function ask<T>(
  options: Connectable<ServerSetOptions>,
  question: (session: ZooKeeperSession, signal: AbortSignal) => Promise<T>,
): Promise<T> {
  await using session = await open(options);
  await reach(session, options);
  using deadline = systemClock.deadline(options.timeout * 1000);
  const answer = question(session, deadline.signal);
  return await Promise.race([answer, timeUp(deadline.signal, options)]);
}

async function open(options: Connectable<ServerSetOptions>): Promise<ZooKeeperSession> {
  const { warnings, ...security } = await readSecurity(options);
  for (const warning of warnings) note(warning);
  return connectZooKeeper({ servers: options.zk, ...security, onWarning: ({ message }) => note(message) });
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

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** What is quoted may come from a znode that anybody wrote. */
function note(text: string): void {
  process.stderr.write(`borealis: ${printable(text)}\n`);
}
