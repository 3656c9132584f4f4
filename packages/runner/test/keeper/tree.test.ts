import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { everyProcess, statOf } from "../../src/keeper/proc.ts";
import { keep, written } from "./task-world.ts";

/** Starts what follows so that it survives its parent, says `<its pid>` into `pids`, and waits to be killed. */
const WAITS = "bash -c 'echo $$ >> pids; exec sleep 1000'";
const ESCAPES = [
  `${WAITS} &`,
  `setsid ${WAITS} &`,
  `(setsid setsid ${WAITS} &)`,
  `env -i /usr/bin/setsid /bin/${WAITS} &`,
  `(trap '' TERM HUP INT; setsid ${WAITS} &)`,
];

async function pidsIn(task: { sandbox: string }, count: number): Promise<number[]> {
  const read = () => {
    try {
      return readFileSync(join(task.sandbox, "pids"), "latin1").split("\n").filter(Boolean).map(Number);
    } catch {
      return [];
    }
  };
  await expect.poll(read, { interval: 5 }).toHaveLength(count);
  return read();
}

describe("what a command leaves behind", () => {
  it("is gone when the run has exited: background children, other sessions, orphans, those without environment", async () => {
    const task = await keep();
    task.start(
      "a",
      `${ESCAPES.join("\n")}\nuntil [ "$(wc -l < pids)" = ${ESCAPES.length} ]; do :; done; exit 4`,
    );
    const { exit, leftBehind } = await task.until("exited", "a");
    expect(exit).toEqual({ exitCode: 4 });
    expect(leftBehind).toBeUndefined();
    const pids = await pidsIn(task, ESCAPES.length);
    expect(pids.map(statOf)).toEqual(pids.map(() => undefined));
  });

  it("is gone even while it goes on forking", async () => {
    const task = await keep();
    const forks = "setsid bash -c 'echo $$ >> pids; while :; do (sleep 1000 &); done' &";
    task.start("a", `(${forks}); (${forks}); until [ "$(wc -l < pids)" = 2 ]; do :; done`);
    await task.until("exited", "a");
    const pids = new Set(await pidsIn(task, 2));
    expect(everyProcess().filter(({ session }) => pids.has(session))).toEqual([]);
  });
});

describe("SIGTERM", () => {
  it("reaches everyone in the tree, each once", async () => {
    const task = await keep();
    const traps = (name: string, more = "") =>
      `bash -c 'trap "echo ${name} >> terms" TERM; echo $$ >> pids; ${more} while :; do read -t 1000 < /dev/null || sleep 1000 & wait $!; done'`;
    task.start(
      "a",
      `${traps("child")} & setsid ${traps("session")} & (setsid setsid ${traps("orphan")} &) ; exec ${traps("shell")}`,
    );
    await pidsIn(task, 4);
    task.keeper.signal("a", 0, "SIGTERM");
    const lines = () => readFileSync(join(task.sandbox, "terms"), "latin1").trim().split("\n").sort();
    await written(task, "terms");
    await expect.poll(lines).toEqual(["child", "orphan", "session", "shell"]);
    task.keeper.signal("a", 0, "SIGKILL");
    expect((await task.until("exited", "a")).exit).toEqual({ signal: "SIGKILL" });
    expect(lines()).toEqual(["child", "orphan", "session", "shell"]);
  });

  it("is not lost when it comes right after the start", async () => {
    const task = await keep();
    for (let run = 0; run < 20; run++) {
      task.start("a", "exec sleep 1000", { run });
      task.keeper.signal("a", run, "SIGTERM");
    }
    for (let run = 0; run < 20; run++) {
      expect((await task.until("exited", "a", run)).exit).toEqual({ signal: "SIGTERM" });
    }
  });

  it("leaves the keeper alone when it is sent to it, as a service manager would", async () => {
    const task = await keep();
    task.start("a", "read < /dev/null; echo ready; until [ -e go ]; do sleep 0.01; done; exit 9");
    await written(task, "a.out");
    const { keeper } = task.identities("a");
    for (const signal of ["SIGTERM", "SIGINT", "SIGHUP", "SIGPIPE"] as const)
      process.kill(keeper.pid, signal);
    task.start("b", "touch go");
    expect((await task.until("exited", "a")).exit).toEqual({ exitCode: 9 });
  });
});

describe("SIGKILL", () => {
  it("ends the whole tree, and the run with it", async () => {
    const task = await keep();
    task.start("a", `${ESCAPES.join("\n")}\necho $$ >> pids; wait; sleep 1000`);
    const pids = await pidsIn(task, ESCAPES.length + 1);
    task.keeper.signal("a", 0, "SIGKILL");
    expect((await task.until("exited", "a")).exit).toEqual({ signal: "SIGKILL" });
    expect(pids.map(statOf)).toEqual(pids.map(() => undefined));
  });

  it("to a run that is over is no error, and reaches nobody", async () => {
    const task = await keep();
    task.start("a", "exit 0");
    await task.until("exited", "a");
    task.keeper.signal("a", 0, "SIGKILL");
    task.keeper.signal("nobody", 0, "SIGTERM");
    expect(task.problems).toEqual([]);
  });
});

it("a keeper has no zombies", async () => {
  const task = await keep();
  task.start("a", "for i in $(seq 50); do (setsid true &); done; echo ready; sleep 1000");
  await written(task, "a.out");
  const { keeper, command } = task.identities("a");
  const children = () => readFileSync(`/proc/${keeper.pid}/task/${keeper.pid}/children`, "latin1").trim();
  await expect.poll(children).toBe(String(command.pid));
});
