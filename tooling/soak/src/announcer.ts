import { Announcement, connectZooKeeper } from "@borealis/serverset";

/**
 * An announcer in a process of its own: servers, set, port and the file in which its session is kept come as arguments.
 * Ends when its stdin does, so that it never outlives the run.
 */
const [servers = "", path = "", port = "", sessionFile = "", sessionTimeoutMs = ""] = process.argv.slice(2);
const options = { servers, sessionFile, sessionTimeoutMs: Number(sessionTimeoutMs) };
const session = connectZooKeeper(options);
const announcement = new Announcement({
  session,
  path,
  member: {
    serviceEndpoint: { host: "127.0.0.1", port: Number(port) },
    additionalEndpoints: {},
    status: "ALIVE",
  },
});
announcement.join();
process.stdin.resume();
process.stdin.once("end", async () => {
  await announcement.leave(AbortSignal.timeout(3_000)).catch(() => {});
  announcement.close();
  await session.close({ graceMs: 1_000 });
  process.exit(0);
});
