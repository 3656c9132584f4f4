import { createTestClock } from "@borealis/clock/testing";
import { Checkpoint } from "../../src/checkpoint/checkpoint-file.ts";
import { countEvent, counted, TASK_ID } from "./checkpoint-data.ts";

// Appends until its stdin ends.
const { checkpoint } = Checkpoint.open(process.argv[2] ?? "", TASK_ID, { replaceAtBytes: 2000 });
let count = 0;
checkpoint.attach({
  clock: createTestClock(),
  snapshotNow: () => counted(count),
  onProblem: console.error,
  onRecovered: () => {},
});
let isOver = false;
process.stdin.resume().once("end", () => {
  isOver = true;
});
function writeOn(): void {
  for (let more = 0; more < 50; more++) checkpoint.append(countEvent(++count - 1));
  if (isOver) checkpoint.close();
  else setImmediate(writeOn);
}
writeOn();
console.log("writing");
