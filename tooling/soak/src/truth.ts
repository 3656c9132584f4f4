import { queryServerSet, type ZooKeeperSession } from "@borealis/serverset";

/** What is really there: names of members and the port that each announces. */
export type Truth = ReadonlyMap<string, number>;

const ANSWER_WITHIN_MS = 700;

/** Asked past the proxies, after everything that was written before; undefined when no server can tell. */
export async function askTruth(session: ZooKeeperSession, path: string): Promise<Truth | undefined> {
  const signal = AbortSignal.timeout(ANSWER_WITHIN_MS);
  try {
    const { connection } = await session.connected(signal);
    await within(connection.sync(path), signal);
    const { members } = await within(queryServerSet(session, path, signal), signal);
    return new Map(members.map(({ name, serviceEndpoint }) => [name, serviceEndpoint.port]));
  } catch {
    return undefined;
  }
}

function within<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const late = Promise.withResolvers<never>();
  const fail = () => late.reject(signal.reason);
  if (signal.aborted) fail();
  signal.addEventListener("abort", fail, { once: true });
  return Promise.race([work, late.promise]);
}
