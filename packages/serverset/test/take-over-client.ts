import { Announcement, connectZooKeeper } from "../src/index.ts";

/** Announces one member, keeps its session in a file, tells when it is there, and waits to be killed. */
const [servers = "", path = "", sessionFile = ""] = process.argv.slice(2);

const session = connectZooKeeper({ servers, sessionTimeoutMs: 30_000, sessionFile });
const announcement = new Announcement({
  session,
  path,
  member: { serviceEndpoint: { host: "crashed", port: 80 }, additionalEndpoints: {}, status: "ALIVE" },
  onChange: ({ state, member }) => {
    if (state === "announced") process.stdout.write(`${member}\n`);
  },
});
announcement.join();
