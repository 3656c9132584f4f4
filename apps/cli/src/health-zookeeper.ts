import { systemClock } from "@borealis/clock";
import { connectZooKeeper, type ZooKeeperSession } from "@borealis/serverset";
import { EXIT } from "./exit-codes.ts";
import { CliError } from "./fail.ts";
import { note } from "./health-text.ts";
import { readSecurity, type SecurityOptions } from "./zookeeper-security.ts";

interface Reachable extends SecurityOptions {
  readonly zk: string;
  readonly timeout: number;
}

type Connection = Awaited<ReturnType<ZooKeeperSession["connected"]>>["connection"];

/** One question to ZooKeeper, with one deadline over all of it. */
export async function askZooKeeper<T>(
  options: Reachable,
  question: (connection: Connection) => Promise<T>,
): Promise<T> {
  const { zk, timeout } = options;
  const { warnings, ...security } = await readSecurity(options);
  for (const warning of warnings) note(warning);
  await using session = connectZooKeeper({
    servers: zk,
    ...security,
    onWarning: ({ message }) => note(message),
  });
  using deadline = systemClock.deadline(timeout * 1000);
  const { promise: timeUp, reject } = Promise.withResolvers<never>();
  deadline.signal.addEventListener("abort", () => {
    const why = session.status.error ?? `no answer from ${zk}`;
    reject(new CliError(`${why} (tried for ${timeout} s)`, EXIT.network));
  });
  const answer = async () => question((await session.connected(deadline.signal)).connection);
  return await Promise.race([timeUp, answer()]);
}
