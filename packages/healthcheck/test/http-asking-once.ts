// Run by tests where the check needs a process of its own: one check of a port and, if told so, of IPv4 only.
import { systemClock } from "@borealis/clock";
import { httpProbe } from "../src/http/http-probe.ts";

const [port, family] = process.argv.slice(2).map(Number);
if (port === undefined) throw new Error("no port was given");
const probe = httpProbe(family === 4 ? { port, family } : { port }, { clock: systemClock });
using deadline = systemClock.deadline(5000);
console.log(JSON.stringify(await probe.check(deadline.signal)));
probe.close();
