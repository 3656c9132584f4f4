import { Announcement, connectZooKeeper } from "@borealis/serverset";
import { nowMs } from "../monotonic.ts";

/** Announces one member and holds it until stdin ends or it is killed; tells when it began to connect, monotonic ms. */
const [servers = "", path = "", timeoutMs = "", sessionFile] = process.argv.slice(2);
const options = { servers, sessionTimeoutMs: Number(timeoutMs), ...(sessionFile ? { sessionFile } : {}) };
const startedAt = nowMs();
const session = connectZooKeeper(options);
const endpoint = { host: "127.0.0.1", port: 31_000 };
const announcement = new Announcement({
  session,
  path,
  member: { serviceEndpoint: endpoint, additionalEndpoints: {}, status: "ALIVE" },
  onChange: ({ state }) => {
    if (state === "announced") process.stdout.write("announced\n");
  },
});
process.stdout.write(`${startedAt}\n`);
announcement.join();
process.stdin.resume();
process.stdin.once("end", async () => {
  announcement.close();
  await session.close();
});
