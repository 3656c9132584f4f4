import { describe, expect, it } from "vitest";
import { nextWake, step } from "../../src/core/task.ts";
import { TaskWorld, taskOf } from "./task-world.ts";

const pair = (finalization_wait = 30) =>
  taskOf([{ name: "a" }, { name: "f", final: true }], { finalization_wait });

describe("a kill with a wait of its own", () => {
  it("has that deadline, whatever finalization_wait is, and finalizers run", () => {
    const world = new TaskWorld(pair(3));
    world.pass(2);
    world.kill({ waitMs: 60_000 });
    expect(nextWake(world.state)).toBe(62_000);
    world.pass(6);
    world.exit("a", 0);
    world.exit("f", 0);
    expect(world.log).toEqual(["0 start a 0", "2 SIGTERM a 0", "8 start f 0", "8 KILLED"]);
  });

  it("says so when it runs out", () => {
    const world = new TaskWorld(pair(30));
    world.kill({ waitMs: 4000, reason: "preempted" });
    world.pass(60);
    expect(world.log.slice(1)).toEqual(["0 SIGTERM a 0", "4 SIGKILL a 0", "4 KILLED"]);
    expect(world.ended?.reason).toBe("preempted; cut short after the wait of its kill (4 s)");
  });

  it("of 0 is SIGKILL at once, without finalizers", () => {
    const world = new TaskWorld(pair());
    world.kill({ waitMs: 0 });
    expect(world.log).toEqual(["0 start a 0", "0 SIGKILL a 0", "0 KILLED"]);
  });

  it.each([60_000, 1000])(
    "of %d ms during CLEANING sets the clock anew and sends no second SIGTERM",
    (waitMs) => {
      const world = new TaskWorld(taskOf([{ name: "a" }, { name: "b" }], { finalization_wait: 20 }));
      world.exit("a", 1);
      world.pass(4);
      world.kill({ waitMs });
      world.pass(100);
      const at = 4 + waitMs / 1000;
      expect(world.log.slice(2)).toEqual(["0 SIGTERM b 0", `${at} SIGKILL b 0`, `${at} KILLED`]);
    },
  );

  it("during FINALIZING leaves the finalizer alone: it was started once and ends by itself", () => {
    const world = new TaskWorld(pair(20));
    world.exit("a", 0);
    world.pass(3);
    world.kill({ waitMs: 60_000 });
    world.pass(40);
    world.exit("f", 0);
    expect(world.log).toEqual(["0 start a 0", "0 start f 0", "43 KILLED"]);
    expect(world.runOf("f")).toMatchObject({ state: "SUCCESS", run: 0 });
  });

  it("keeps the reason of the first", () => {
    const world = new TaskWorld(pair());
    world.kill({ reason: "drained" });
    world.kill({ reason: "preempted", waitMs: 1000 });
    world.exit("a", "SIGTERM");
    world.exit("f", 0);
    expect(world.ended?.reason).toBe("drained");
  });
});

describe("lose", () => {
  it("is SIGKILL and LOST at once: no SIGTERM, no finalizers", () => {
    const world = new TaskWorld(pair());
    world.pass(2);
    world.lose();
    expect(world.stages).toEqual(["ACTIVE", "CLEANING", "LOST"]);
    expect(world.log).toEqual(["0 start a 0", "2 SIGKILL a 0", "2 LOST"]);
    expect(world.runOf("a")).toMatchObject({ state: "KILLED", signal: "SIGKILL", endedAt: 2000 });
    expect(world.ended).toMatchObject({ reason: "lost on request" });
  });

  it.each([
    ["CLEANING", "a"],
    ["FINALIZING", "f"],
  ])("overrides the verdict of a task that is %s", (stage, live) => {
    const world = new TaskWorld(pair());
    world.kill();
    if (stage === "FINALIZING") world.exit("a", "SIGTERM");
    expect(world.state.stage).toBe(stage);
    world.lose("its agent is going away");
    expect(world.log.slice(-2)).toEqual([`0 SIGKILL ${live} 0`, "0 LOST"]);
    expect(world.ended?.reason).toBe("its agent is going away");
  });

  it("reaches a run that was just forked", () => {
    const world = new TaskWorld(taskOf([{ name: "a", min_duration: 1, max_failures: 2 }]));
    world.exit("a", 1);
    world.now = 1000;
    world.send({ type: "tick" }, { start: false });
    world.lose();
    expect(world.log.slice(-2)).toEqual(["1 SIGKILL a 1", "1 LOST"]);
  });
});

it.each([
  ["a tick with nothing due", { type: "tick" }],
  ["news of an older run", { type: "exited", process: "a", run: 0, exit: { exitCode: 0 } }],
  ["a failure after the verdict", { type: "fail", reason: "late" }],
  ["a second kill", { type: "kill" }],
] as const)("%s gives back the very state it was given, so that nothing need be written down", (_, event) => {
  const world = new TaskWorld(taskOf([{ name: "a", max_failures: 0, min_duration: 0 }]));
  world.exit("a", 1);
  if (event.type === "kill" || event.type === "fail") world.kill();
  const { state } = world;
  expect(step(state, event, world.now).state).toBe(state);
});

describe("a task that is asked to quit", () => {
  const world = () =>
    new TaskWorld(
      taskOf([
        { name: "a", daemon: true, min_duration: 0 },
        { name: "b", max_failures: 0 },
        { name: "f", final: true },
      ]),
    );

  it("starts nothing any more, and is KILLED when all that runs has ended, whatever that came to", () => {
    const task = world();
    task.send({ type: "quit" });
    task.exit("a", 0);
    task.pass(60);
    task.exit("b", 1);
    task.exit("f", 0);
    expect(task.log).toEqual(["0 start a 0", "0 start b 0", "60 start f 0", "60 KILLED"]);
    expect(task.stages).toEqual(["ACTIVE", "CLEANING", "FINALIZING", "KILLED"]);
  });

  it("is signalled by the kill that follows, with all of finalization_wait", () => {
    const task = world();
    task.send({ type: "quit" });
    task.pass(10);
    expect(nextWake(task.state)).toBeUndefined();
    task.kill();
    expect(task.log.slice(2)).toEqual(["10 SIGTERM a 0", "10 SIGTERM b 0"]);
    expect(nextWake(task.state)).toBe(40_000);
  });

  it("for a failure is FAILED for it", () => {
    const task = world();
    task.send({ type: "quit", failure: "Failed health check! no" });
    task.exit("a", 0);
    task.fail("Failed health check! no");
    task.exit("b", "SIGTERM");
    task.exit("f", 0);
    expect(task.ended).toMatchObject({ taskState: "FAILED", reason: "Failed health check! no" });
  });

  it("when it is no longer ACTIVE goes on as it was", () => {
    const task = world();
    task.kill();
    const { state } = step(task.state, { type: "quit", failure: "late" }, task.now);
    expect(state).toBe(task.state);
  });
});
