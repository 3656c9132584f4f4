import { ensureParents, formatMember, isCode, type ZooKeeperSession } from "@borealis/serverset";

const EVERY_MS = 200;
const MOST_HELD = 20;
/** Ports from here on are the churn's; those of announcers lie below. */
const CHURN_PORT = 20_000;

/** Members that come and go all the time, written past the proxies. */
export function startChurn(session: ZooKeeperSession, path: string): AsyncDisposable {
  let round = 0;
  let stopped = false;
  const held: string[] = [];
  const once = async () => {
    const { connection } = session.current ?? {};
    if (connection === undefined) return;
    const endpoint = { host: "127.0.0.1", port: CHURN_PORT + (round++ % 10_000) };
    const data = formatMember({ serviceEndpoint: endpoint, additionalEndpoints: {}, status: "ALIVE" });
    try {
      held.push(await connection.create(`${path}/member_`, data, "ephemeralSequential"));
      const oldest = held.length > MOST_HELD ? held.shift() : undefined;
      if (oldest !== undefined) await connection.remove(oldest);
    } catch (error) {
      // The set was deleted, or one member by hand. What else can go wrong is what the run is about.
      if (isCode(error, "NO_NODE")) await ensureParents(connection, `${path}/member_`).catch(() => {});
    }
  };
  const running = (async () => {
    while (!stopped) {
      await once();
      await new Promise((wake) => setTimeout(wake, EVERY_MS));
    }
  })();
  return {
    async [Symbol.asyncDispose]() {
      stopped = true;
      await running;
    },
  };
}
