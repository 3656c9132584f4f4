import { execFileSync } from "node:child_process";
import { statSync } from "node:fs";
import { join } from "node:path";
import { createTestClock } from "@borealis/clock/testing";
import { Checkpoint, readCheckpoint } from "../../src/checkpoint/checkpoint-file.ts";
import { countEvent, counted, executorRecord, HEADER, known } from "./checkpoint-data.ts";

// Its own limit on the length of a file is its full disk: a write that goes past it is cut short, the next one fails.
const [directory = "", replaceAtBytes = "1000000", maxPending = "1000", room = "0", more = "1", later = "0"] =
  process.argv.slice(2);
const file = join(directory, "checkpoint");
const clock = createTestClock();
const log: string[] = [];
let count = 0;
const checkpoint = Checkpoint.create(directory, HEADER, {
  replaceAtBytes: Number(replaceAtBytes),
  maxPending: Number(maxPending),
});
checkpoint.attach({
  clock,
  snapshotNow: () => counted(count),
  onProblem: (problem) => log.push(problem.replace(directory, "")),
  onRecovered: () => log.push("recovered"),
});

function limitFiles(bytes: number | "unlimited"): void {
  execFileSync("prlimit", ["--pid", String(process.pid), `--fsize=${bytes}:unlimited`]);
}

function appendMore(): void {
  checkpoint.append(countEvent(count));
  count += 1;
}

checkpoint.append(executorRecord(7));
for (let first = 0; first < 3; first++) appendMore();
const limit = statSync(file).size + Number(room);
limitFiles(limit);
for (let next = 0; next < Number(more); next++) appendMore();
const full = { ...readCheckpoint(directory), isToldOf: checkpoint.problem !== undefined };
await clock.advance(3000);
if (Number(later) > 0) {
  limitFiles(limit + Number(later));
  for (let next = 0; next < 2; next++) appendMore();
}
limitFiles("unlimited");
await clock.advance(1000);
const after = readCheckpoint(directory);
appendMore();
checkpoint.close();
const last = readCheckpoint(directory);
console.log(
  JSON.stringify({
    log,
    armed: clock.armed,
    full: { ...known(full.records), torn: full.torn, isToldOf: full.isToldOf },
    after: { ...known(after.records), torn: after.torn, records: after.records.length },
    last: known(last.records),
  }),
);
