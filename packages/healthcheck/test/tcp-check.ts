// Run by tcp-probe.test.ts in a network of its own.
import { systemClock } from "@borealis/clock";
import { tcpProbe } from "../src/probes/tcp-probe.ts";

using deadline = systemClock.deadline(5000);
const probe = tcpProbe({ port: Number(process.argv[2]) }, { clock: systemClock });
console.log(JSON.stringify(await probe.check(deadline.signal)));
