// Run by command-user.test.ts: two checks, and between them it is forbidden to have more processes than it has.
import { execFileSync } from "node:child_process";
import { systemClock } from "@borealis/clock";
import { commandProbe } from "../src/command/command-probe.ts";

const probe = commandProbe({ command: "true", user: "nobody" }, { clock: systemClock });
const check = async () => {
  using deadline = systemClock.deadline(5000);
  return probe.check(deadline.signal);
};
const before = await check();
execFileSync("prlimit", ["--pid", String(process.pid), "--nproc=1:1"]);
console.log(JSON.stringify([before, await check()]));
probe.close();
