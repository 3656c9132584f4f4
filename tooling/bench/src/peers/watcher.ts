import { createInterface } from "node:readline";
import { connectZooKeeper, type ServerSetEvent, watchServerSet } from "@borealis/serverset";
import { nowMs } from "../monotonic.ts";

/** Follows a set with ours. `count` and `report` on stdin, answers on stdout; times are monotonic ms. */
const [servers = "", path = ""] = process.argv.slice(2);
const joins: Record<string, number> = {};
const leaves: Record<string, number> = {};
const stop = new AbortController();

function note(event: ServerSetEvent): void {
  if (event.type === "RESYNC") {
    for (const { shard } of event.set.members) joins[String(shard)] = nowMs();
    return;
  }
  if (event.type !== "ADD" && event.type !== "REMOVE") return;
  const { member } = event;
  if (member.valid) (event.type === "ADD" ? joins : leaves)[String(member.shard)] = nowMs();
}

createInterface({ input: process.stdin })
  .on("line", (line) => {
    const whole = { joins, leaves };
    const counts = { joins: Object.keys(joins).length, leaves: Object.keys(leaves).length };
    process.stdout.write(`${JSON.stringify(line === "count" ? counts : whole)}\n`);
  })
  .on("close", () => stop.abort());

await using session = connectZooKeeper({ servers });
let ready = false;
for await (const event of watchServerSet(session, path, stop.signal)) {
  note(event);
  if (!ready) process.stdout.write("ready\n");
  ready = true;
}
