import { connectServerSets } from "../src/index.ts";

/** Uses a client in one way, closes it, and says what of it is left that would keep the process alive. */
const [what, servers = ""] = process.argv.slice(2);
const OWN = ["TTYWrap", "PipeWrap", "FSReqPromise", "FSReqCallback"];

const client = connectServerSets({ servers: what === "unreachable" ? "127.0.0.1:1" : servers });
const member = {
  serviceEndpoint: { host: "closing", port: 80 },
  additionalEndpoints: {},
  status: "ALIVE",
} as const;

if (what === "used") {
  await client.announce("/closing/used", member);
  await client.query("/closing/used");
  for await (const event of client.watch("/closing/used")) if (event.type === "snapshot") break;
}
if (what === "unreachable") {
  await client.query("/closing", { signal: AbortSignal.timeout(200) }).catch(() => {});
}
if (what === "forgotten-watch") {
  const watch = client.watch("/closing");
  void (async () => {
    for await (const _ of watch);
  })();
  await client.announce("/closing/kept", member);
}
if (what === "session-closed") {
  const watch = client.watch("/closing");
  for await (const event of watch) if (event.type === "snapshot") break;
  client.watch("/closing/nobody-looks");
  await client.announce("/closing/kept", member);
  await client.session.close();
} else await client.close();
const leftovers = () => process.getActiveResourcesInfo().filter((each) => !OWN.includes(each));
// A destroyed socket is given back some turns later.
for (let turn = 0; turn < 50 && leftovers().length > 0; turn++)
  await new Promise((resolve) => setImmediate(resolve));
const left = leftovers();
process.stdout.write(`closed; left: ${left.join(", ") || "none"}\n`);
