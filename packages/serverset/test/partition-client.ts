import { Announcement, connectZooKeeper, watchServerSet } from "../src/index.ts";

/** Announces and watches one set, and tells what it sees, a JSON object a line, until its stdin ends. */
const [servers = "", path = "", timeout = ""] = process.argv.slice(2);
const tell = (what: string, value: unknown) => process.stdout.write(`${JSON.stringify({ what, value })}\n`);

await using session = connectZooKeeper({
  servers,
  sessionTimeoutMs: Number(timeout),
  onStatus: ({ state, generation, error }) => tell("session", { state, generation, error }),
});
const announcement = new Announcement({
  session,
  path,
  member: { serviceEndpoint: { host: "inside", port: 80 }, additionalEndpoints: {}, status: "ALIVE" },
  onChange: ({ state, member }) => tell("announced", `${state} ${member ?? ""}`.trim()),
});
announcement.join();
const ended = new AbortController();
process.stdin.on("end", () => ended.abort()).resume();
try {
  for await (const event of watchServerSet(session, path, ended.signal)) {
    if (event.type === "RESYNC") tell("set", ["RESYNC", ...event.set.members.map(({ name }) => name)]);
    else if (event.type === "DISCONNECTED") tell("set", ["DISCONNECTED"]);
    else if (event.type === "ADD" || event.type === "REMOVE") tell("set", [event.type, event.member.name]);
  }
} catch (error) {
  if (!ended.signal.aborted) throw error;
} finally {
  announcement.close();
}
