import { randomUUID } from "node:crypto";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock } from "@borealis/clock";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { commandProbe } from "../src/command/command-probe.ts";
import { openFiles } from "./loopback.ts";
import { endAll, processesWith, runs } from "./process-table.ts";

let directory: string;
let variable: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "borealis-command-"));
  variable = `USER=${randomUUID()}`;
});

afterEach(() => {
  endAll(processesWith(variable));
  rmSync(directory, { recursive: true, force: true });
});

const left = () => processesWith(variable).length;

function probe(command: string) {
  const user = variable.slice("USER=".length);
  return commandProbe({ command, directory, user }, { clock: systemClock });
}

async function check(command: string, timeoutMs: number) {
  const asked = probe(command);
  using deadline = systemClock.deadline(timeoutMs);
  const result = await asked.check(deadline.signal);
  asked.close();
  return { result, inTime: !deadline.expired };
}

/** Stops the check when `begun`. The issue allows it 50 ms more. */
async function stopWhen(begun: () => boolean, command: string) {
  const stopping = new AbortController();
  const asked = probe(command);
  const checked = asked.check(stopping.signal);
  await expect.poll(begun).toBe(true);
  stopping.abort(new Error("the time is up"));
  const first = await Promise.race([checked, systemClock.sleep(50)]);
  const result = await checked;
  asked.close();
  return { result, inTime: first === result };
}

const has = (name: string) => existsSync(join(directory, name));
/** Says who it is, and writes on and on until nobody reads it. */
const HIDDEN = "bash -c 'echo $$ > pid; mv pid hidden; while sleep 0.01; do echo old || exit; done' &";
const hidden = () => Number(readFileSync(join(directory, "hidden"), "utf8"));

const STUBBORN = "trap '' TERM INT HUP;";

/** How processes may be left, each with how many there are, the shell included. */
const TREES: Readonly<Record<string, readonly [processes: number, command: string]>> = {
  "a shell that becomes its command": [1, "exec sleep 1000"],
  "children and grandchildren": [5, "for i in 1 2; do bash -c 'sleep 1000 & wait' & done; sleep 1000"],
  "those that ignore SIGTERM": [2, `${STUBBORN} sleep 1000; true`],
  "a child that called setsid": [3, "setsid sleep 1000 & sleep 1000; true"],
  "a daemon, which has closed its files, too": [
    3,
    "setsid bash -c 'exec <&- >&- 2>&- 3>&-; sleep 1000; true' & wait",
  ],
  "a child under nohup": [2, "nohup sleep 1000 >/dev/null 2>&1 & wait"],
  "one that is stopped": [2, "bash -c 'kill -STOP $$' & wait"],
  "one that makes new ones meanwhile": [10, "while sleep 0.01; do sleep 1000 & done"],
  "one that sends new ones away meanwhile": [10, "while sleep 0.01; do setsid sleep 1000 & done"],
  "one that went away and sends new ones away": [
    10,
    "setsid bash -c 'while sleep 0.01; do setsid sleep 1000 & done' & wait",
  ],
};

describe("when the time of a command is up", () => {
  it.each(Object.entries(TREES))("nothing is left of %s", async (_, [processes, command]) => {
    const { result, inTime } = await stopWhen(() => left() >= processes, command);
    expect(result).toMatchObject({
      healthy: false,
      kind: "timeout",
      reason: expect.stringMatching(/^Command '.*' was ended with output '.*': the time is up$/),
    });
    expect(inTime).toBe(true);
    await expect.poll(left).toBe(0);
  });

  it("the check is over, with what was written so far", async () => {
    const { result } = await stopWhen(
      () => has("said"),
      `${STUBBORN} echo waiting; touch said; sleep 1000; true`,
    );
    expect(result).toMatchObject({ kind: "timeout", output: "waiting\n" });
  });

  it("nothing is left of a member of its group that has another environment", async () => {
    await stopWhen(() => has("hidden"), `env -i ${HIDDEN} wait`);
    await expect.poll(() => runs(hidden())).toBe(false);
  });

  it("the check is over even if there is one left whom we can not find", async () => {
    const { inTime } = await stopWhen(() => has("hidden"), `env -i setsid ${HIDDEN} wait`);
    expect(inTime).toBe(true);
    // It has nobody to write to any more.
    await expect.poll(() => runs(hidden())).toBe(false);
  });

  it("one left whom we can not find does not write into the next check, nor keep a file open", async () => {
    const asked = probe(`if [ -s hidden ]; then echo new; exit 1; fi; env -i setsid ${HIDDEN} wait`);
    const files = openFiles();
    const stopping = new AbortController();
    const first = asked.check(stopping.signal);
    await expect.poll(() => has("hidden")).toBe(true);
    stopping.abort(new Error("the time is up"));
    expect(await first).toMatchObject({ kind: "timeout" });
    expect(await asked.check(new AbortController().signal)).toMatchObject({ output: "new\n" });
    asked.close();
    await expect.poll(openFiles).toBe(files);
    await expect.poll(() => runs(hidden())).toBe(false);
  });
});

describe("when a command has ended", () => {
  it.each([
    ["a child in the background", "sleep 1000 &"],
    ["one that writes nowhere", "sleep 1000 >/dev/null 2>&1 &"],
    ["one under nohup", "nohup sleep 1000 >/dev/null 2>&1 &"],
    [
      "one that called setsid",
      "setsid sleep 1000 & until [ $(cut -d ' ' -f 6 /proc/$!/stat) = $! ]; do :; done",
    ],
    [
      "many that have closed their files",
      "for i in {1..50}; do (exec >&- 2>&- 3>&-; exec sleep 1000) & done; sleep 0.1",
    ],
    ["one that called setsid and writes nowhere", "setsid -f sleep 1000 >/dev/null 2>&1"],
  ])("nothing is left of %s", async (_, command) => {
    const { result, inTime } = await check(command, 20_000);
    expect(result).toMatchObject({ healthy: true });
    expect(inTime).toBe(true);
    expect(left()).toBe(0);
  });

  it("the check does not wait for one whom we can not find", async () => {
    const command = `env -i setsid ${HIDDEN} until [ -e hidden ]; do :; done; echo done; exit 7`;
    const { result, inTime } = await check(command, 20_000);
    expect(result).toMatchObject({ statusCode: 7, output: expect.stringContaining("done\n") });
    expect(inTime).toBe(true);
    await expect.poll(() => runs(hidden())).toBe(false);
  });

  it("fifty times, nothing is left", async () => {
    const asked = probe("sleep 1000 & true");
    for (let run = 0; run < 50; run++) {
      expect(await asked.check(new AbortController().signal)).toMatchObject({ healthy: true });
    }
    asked.close();
    await expect.poll(left).toBe(0);
  });
});
