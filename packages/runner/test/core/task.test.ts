import { describe, expect, it } from "vitest";
import { processReports } from "../../src/core/process-report.ts";
import { nextWake, step } from "../../src/core/task.ts";
import { TaskWorld, taskOf } from "./task-world.ts";

const throughAll = (end: string) => ["ACTIVE", "CLEANING", "FINALIZING", end];

describe("a task of one process", () => {
  it.each([
    [0, "SUCCESS", "every process has finished"],
    [3, "FAILED", 'process "web" exited with 3 and had 1 of 1 failures'],
    [137, "FAILED", 'process "web" exited with 137 and had 1 of 1 failures'],
  ])("that exits with %d goes through every stage to %s", (exitCode, taskState, reason) => {
    const world = new TaskWorld(taskOf([{ name: "web" }]));
    expect(world.runOf("web")).toMatchObject({ state: "RUNNING", run: 0, pid: 1000 });
    world.exit("web", exitCode);
    expect(world.stages).toEqual(throughAll(taskState));
    expect(world.ended).toEqual({ type: "ended", taskState, reason });
    expect(processReports(world.state)).toMatchObject([
      { name: "web", state: exitCode === 0 ? "SUCCESS" : "FAILED", run: 0, pid: 1000, exitCode },
    ]);
  });

  it("takes an exit that overtakes the news of its start", () => {
    const world = new TaskWorld(taskOf([{ name: "web", max_failures: 2, min_duration: 1 }]));
    world.exit("web", 1);
    world.now = 1000;
    world.send({ type: "tick" }, { start: false });
    world.exit("web", 0);
    expect(world.ended).toMatchObject({ taskState: "SUCCESS" });
  });

  it("fails when it can not be started, and says why", () => {
    const world = new TaskWorld(taskOf([{ name: "web", max_failures: 2, min_duration: 0 }]));
    for (const run of [0, 1])
      world.send({ type: "startFailed", process: "web", run, reason: "no such directory" });
    expect(world.ended).toMatchObject({
      taskState: "FAILED",
      reason: 'process "web" could not be started (no such directory) and had 2 of 2 failures',
    });
  });
});

describe("running again", () => {
  it("waits min_duration from the end of the run before, and the first start for nothing", () => {
    const world = new TaskWorld(taskOf([{ name: "a", max_failures: 2, min_duration: 3 }]));
    world.pass(2);
    world.exit("a", 1);
    expect(nextWake(world.state)).toBe(5000);
    world.pass(10);
    expect(world.log).toEqual(["0 start a 0", "5 start a 1"]);
    world.exit("a", 0);
    expect(world.ended).toMatchObject({ taskState: "SUCCESS" });
  });

  it("happens max_failures - 1 times after failures", () => {
    const world = new TaskWorld(taskOf([{ name: "a", max_failures: 3, min_duration: 0 }]));
    for (const _ of [1, 2, 3]) world.exit("a", 1);
    expect(world.starts).toEqual(["a 0", "a 1", "a 2"]);
    expect(world.ended).toMatchObject({
      taskState: "FAILED",
      reason: expect.stringContaining("3 of 3 failures"),
    });
  });

  it("has no limit with max_failures 0", () => {
    const world = new TaskWorld(taskOf([{ name: "a", max_failures: 0, min_duration: 0 }]));
    for (let run = 0; run < 150; run++) world.exit("a", 1);
    expect(world.starts).toHaveLength(151);
    expect(world.state.stage).toBe("ACTIVE");
  });

  it("happens to a daemon that exits with 0, until it fails max_failures times", () => {
    const world = new TaskWorld(taskOf([{ name: "d", daemon: true, min_duration: 1 }]));
    for (const _ of [1, 2, 3]) {
      world.exit("d", 0);
      world.pass(1);
    }
    expect(world.starts).toEqual(["d 0", "d 1", "d 2", "d 3"]);
    world.exit("d", 1);
    expect(world.ended).toMatchObject({ taskState: "FAILED" });
  });

  it("happens after a signal or a loss, which are no failures, but not before min_duration", () => {
    const world = new TaskWorld(taskOf([{ name: "a", min_duration: 5 }]));
    world.exit("a", "SIGKILL");
    expect(world.runOf("a")).toMatchObject({ state: "KILLED", signal: "SIGKILL", failures: 0 });
    world.pass(5);
    world.send({ type: "lost", process: "a", run: 1, reason: "its process is gone" });
    expect(world.runOf("a")).toMatchObject({ state: "LOST", failures: 0 });
    world.pass(5);
    expect(world.log).toEqual(["0 start a 0", "5 start a 1", "10 start a 2"]);
  });

  it("ignores news of an older run", () => {
    const world = new TaskWorld(taskOf([{ name: "a", max_failures: 0, min_duration: 0 }]));
    world.exit("a", 1);
    const { state } = world;
    world.exit("a", 0, 0);
    expect(world.state).toEqual(state);
  });
});

describe("failures of the task", () => {
  const failing = (max_failures: number) => {
    const world = new TaskWorld(taskOf([{ name: "a" }, { name: "b" }], { max_failures }));
    world.exit("a", 3);
    return world;
  };

  it("within max_failures do not matter", () => {
    const world = failing(2);
    world.exit("b", 0);
    expect(world.ended).toMatchObject({ taskState: "SUCCESS" });
  });

  it("that reach max_failures end it at once: the others get SIGTERM", () => {
    const world = failing(1);
    expect(world.state.stage).toBe("CLEANING");
    world.exit("b", "SIGTERM");
    expect(world.log).toEqual(["0 start a 0", "0 start b 0", "0 SIGTERM b 0", "0 FAILED"]);
    expect(processReports(world.state)[1]).toMatchObject({ state: "KILLED", run: 0, signal: "SIGTERM" });
  });

  it("name the last process and count them all", () => {
    const world = failing(2);
    world.exit("b", 4);
    expect(world.ended?.reason).toBe(
      'process "b" exited with 4 and had 1 of 1 failures; 2 of 2 processes failed',
    );
  });

  it("have no limit with max_failures 0", () => {
    const world = failing(0);
    world.exit("b", 3);
    expect(world.ended).toMatchObject({ taskState: "SUCCESS" });
  });
});

describe("order", () => {
  it("lets a process start when those before it have succeeded", () => {
    const world = new TaskWorld(
      taskOf([{ name: "c" }, { name: "a" }, { name: "b" }], { order: [["a", "b", "c"]] }),
    );
    for (const name of ["a", "b", "c"]) {
      expect(world.starts.at(-1)).toBe(`${name} 0`);
      world.exit(name, 0);
    }
    expect(world.ended).toMatchObject({ taskState: "SUCCESS" });
  });

  it("makes a deadlock of a failure, even within max_failures", () => {
    const world = new TaskWorld(
      taskOf([{ name: "a" }, { name: "b" }], { order: [["a", "b"]], max_failures: 2 }),
    );
    world.exit("a", 3);
    expect(world.starts).toEqual(["a 0"]);
    expect(world.ended).toEqual({
      type: "ended",
      taskState: "FAILED",
      reason: 'process "a" exited with 3 and had 1 of 1 failures, so "b" can not run',
    });
    expect(processReports(world.state)[1]).toEqual({ name: "b", state: "WAITING", run: 0 });
  });

  it("lets an unrelated process finish before a deadlock ends the task", () => {
    const world = new TaskWorld(
      taskOf([{ name: "a" }, { name: "b" }, { name: "c" }], { order: [["a", "b"]], max_failures: 2 }),
    );
    world.exit("a", 1);
    expect(world.state.stage).toBe("ACTIVE");
    world.exit("c", 0);
    expect(world.ended).toMatchObject({ taskState: "FAILED" });
  });

  it("never starts a process that comes after a final one", () => {
    const world = new TaskWorld(
      taskOf([{ name: "b" }, { name: "a" }, { name: "f", final: true }], { order: [["f", "a"]] }),
    );
    world.exit("b", 0);
    expect(world.starts).toEqual(["b 0", "f 0"]);
    world.exit("f", 0);
    expect(world.ended).toMatchObject({ taskState: "FAILED", reason: '"a" can not run' });
  });

  it("ignores a constraint that names no process of the task", () => {
    const world = new TaskWorld(taskOf([{ name: "a" }], { order: [["x", "y"]] }));
    expect(world.starts).toEqual(["a 0"]);
  });
});

describe("max_concurrency", () => {
  it("starts the next in the order of the file when one has ended", () => {
    const world = new TaskWorld(
      taskOf([{ name: "a" }, { name: "b" }, { name: "c" }], { max_concurrency: 1 }),
    );
    for (const name of ["a", "b", "c"]) {
      expect(world.starts.at(-1)).toBe(`${name} 0`);
      world.pass(1);
      world.exit(name, 0);
    }
    expect(world.log).toEqual(["0 start a 0", "1 start b 0", "2 start c 0", "3 SUCCESS"]);
  });

  it("sets no timer for a process that has no place to run in", () => {
    const world = new TaskWorld(
      taskOf([{ name: "a", max_failures: 2 }, { name: "b" }], { max_concurrency: 1 }),
    );
    world.exit("a", 1);
    expect(world.starts).toEqual(["a 0", "b 0"]);
    expect(nextWake(world.state)).toBeUndefined();
  });
});

describe("an ephemeral process", () => {
  it("that runs when the others are done gets SIGTERM and does not hold the task up", () => {
    const world = new TaskWorld(taskOf([{ name: "main" }, { name: "log", ephemeral: true }]));
    world.exit("main", 0);
    expect(world.log.at(-1)).toBe("0 SIGTERM log 0");
    world.exit("log", "SIGTERM");
    expect(world.ended).toMatchObject({ taskState: "SUCCESS" });
  });

  it("that fails does not fail the task, and its dependents run", () => {
    const world = new TaskWorld(
      taskOf([{ name: "main" }, { name: "e", ephemeral: true }, { name: "f", ephemeral: true }], {
        order: [["e", "f"]],
      }),
    );
    world.exit("e", 1);
    expect(world.starts).toContain("f 0");
    world.exit("f", 1);
    world.exit("main", 0);
    expect(world.ended).toMatchObject({ taskState: "SUCCESS" });
  });

  it("is not started for nothing when the task has no other kind", () => {
    const world = new TaskWorld(taskOf([{ name: "log", ephemeral: true }]));
    expect(world.log).toEqual(["0 SUCCESS"]);
  });
});

describe("final processes", () => {
  it.each([
    [0, "SUCCESS"],
    [3, "FAILED"],
  ])(
    "run after the others when these ended with %d, and their own failure changes nothing",
    (exitCode, taskState) => {
      const world = new TaskWorld(taskOf([{ name: "f", final: true }, { name: "a" }]));
      expect(world.starts).toEqual(["a 0"]);
      world.exit("a", exitCode);
      expect(world.state.stage).toBe("FINALIZING");
      world.exit("f", 1);
      expect(world.ended).toMatchObject({ taskState });
    },
  );

  it("are a task of their own when there is no other process", () => {
    const world = new TaskWorld(taskOf([{ name: "f", final: true }]));
    world.exit("f", 0);
    expect(world.stages).toEqual(throughAll("SUCCESS"));
  });

  it("run in order: the second never does when the first fails", () => {
    const world = new TaskWorld(
      taskOf([{ name: "a" }, { name: "f", final: true }, { name: "g", final: true }], {
        order: [["f", "g"]],
      }),
    );
    world.exit("a", 0);
    world.exit("f", 1);
    expect(world.starts).toEqual(["a 0", "f 0"]);
    expect(world.ended).toMatchObject({ taskState: "SUCCESS" });
  });

  it("are run again like others, within the one finalization_wait", () => {
    const world = new TaskWorld(
      taskOf([{ name: "a" }, { name: "f", final: true, max_failures: 9, min_duration: 20 }]),
    );
    world.exit("a", 0);
    world.exit("f", 1);
    world.pass(20);
    world.exit("f", 1);
    world.pass(60);
    expect(world.log).toEqual(["0 start a 0", "0 start f 0", "20 start f 1", "30 SUCCESS"]);
    expect(world.ended?.reason).toBe("every process has finished; cut short after finalization_wait (30 s)");
  });
});

describe("finalization_wait", () => {
  const failedBeside = (finalization_wait: number) => {
    const world = new TaskWorld(
      taskOf([{ name: "a" }, { name: "stubborn" }, { name: "f", final: true }], { finalization_wait }),
    );
    world.exit("a", 1);
    return world;
  };

  it("that runs out in CLEANING ends the task there: SIGKILL, and finalizers are left out", () => {
    const world = failedBeside(3);
    expect(nextWake(world.state)).toBe(3000);
    world.pass(60);
    expect(world.stages).toEqual(["ACTIVE", "CLEANING", "FAILED"]);
    expect(world.log.slice(2)).toEqual(["0 SIGTERM stubborn 0", "3 SIGKILL stubborn 0", "3 FAILED"]);
    expect(world.runOf("stubborn")).toMatchObject({ state: "KILLED", signal: "SIGKILL" });
    expect(world.runOf("f")).toMatchObject({ state: "WAITING" });
    expect(world.ended?.reason).toBe(
      'process "a" exited with 1 and had 1 of 1 failures; cut short after finalization_wait (3 s)',
    );
  });

  it("is one clock over CLEANING and FINALIZING", () => {
    const world = failedBeside(3);
    world.pass(2);
    world.exit("stubborn", "SIGTERM");
    expect(world.state.stage).toBe("FINALIZING");
    world.pass(60);
    expect(world.log.slice(2)).toEqual(["0 SIGTERM stubborn 0", "2 start f 0", "3 SIGKILL f 0", "3 FAILED"]);
  });

  it("does not turn a success into a failure when a finalizer overruns", () => {
    const world = new TaskWorld(
      taskOf([{ name: "a" }, { name: "f", final: true }], { finalization_wait: 3 }),
    );
    world.exit("a", 0);
    world.pass(3);
    expect(world.ended).toMatchObject({ taskState: "SUCCESS" });
    expect(world.runOf("f")).toMatchObject({ state: "KILLED" });
  });

  it("of 0 gives no time at all", () => {
    const world = failedBeside(0);
    expect(world.log.slice(2)).toEqual(["0 SIGKILL stubborn 0", "0 FAILED"]);
    expect(world.stages).toEqual(["ACTIVE", "CLEANING", "FAILED"]);
  });
});

describe("fail", () => {
  const pair = () => taskOf([{ name: "a" }, { name: "f", final: true }]);

  it("takes the task down as a kill does, and it has FAILED for the reason given", () => {
    const world = new TaskWorld(pair());
    world.pass(2);
    world.fail("Failed health check! HTTP 503");
    world.exit("a", "SIGTERM");
    world.exit("f", 0);
    expect(world.log).toEqual(["0 start a 0", "2 SIGTERM a 0", "2 start f 0", "2 FAILED"]);
    expect(world.ended).toMatchObject({ reason: "Failed health check! HTTP 503" });
  });

  it("changes nothing once the verdict has fallen", () => {
    const world = new TaskWorld(pair());
    world.kill();
    expect(step(world.state, { type: "fail", reason: "too late" }, world.now).state).toEqual(world.state);
  });

  it("gives way to a kill, as any verdict does", () => {
    const world = new TaskWorld(pair());
    world.fail("unhealthy");
    world.kill();
    world.exit("a", "SIGTERM");
    world.exit("f", 0);
    expect(world.ended).toMatchObject({ taskState: "KILLED" });
  });
});

describe("kill", () => {
  const pair = () => taskOf([{ name: "a" }, { name: "f", final: true }]);

  it("sends SIGTERM, lets finalizers run and ends KILLED", () => {
    const world = new TaskWorld(pair());
    world.pass(2);
    world.kill();
    world.exit("a", "SIGTERM");
    world.exit("f", 0);
    expect(world.log).toEqual(["0 start a 0", "2 SIGTERM a 0", "2 start f 0", "2 KILLED"]);
    expect(world.stages).toEqual(throughAll("KILLED"));
    expect(world.ended).toMatchObject({ reason: "killed on request" });
    expect(processReports(world.state)[0]).toMatchObject({ state: "KILLED", signal: "SIGTERM" });
  });

  it("ends KILLED even if the process answers SIGTERM with success or failure", () => {
    for (const exitCode of [0, 1]) {
      const world = new TaskWorld(taskOf([{ name: "a" }]));
      world.kill();
      world.exit("a", exitCode);
      expect(world.ended).toMatchObject({ taskState: "KILLED" });
    }
  });

  it("reaches a process that had been forked but not yet started", () => {
    const world = new TaskWorld(taskOf([{ name: "a", min_duration: 1, max_failures: 2 }]));
    world.exit("a", 1);
    world.now = 1000;
    world.send({ type: "tick" }, { start: false });
    world.kill();
    expect(world.log.at(-1)).toBe("1 start a 1");
    world.started("a", 1);
    expect(world.log.at(-1)).toBe("1 SIGTERM a 1");
    world.started("a", 1);
    expect(world.log.filter((line) => line.includes("SIGTERM"))).toHaveLength(1);
  });

  it("does not wait for a run that is still to come", () => {
    const world = new TaskWorld(taskOf([{ name: "a", max_failures: 0 }]));
    world.exit("a", 1);
    world.kill();
    expect(world.ended).toMatchObject({ taskState: "KILLED" });
    expect(processReports(world.state)).toMatchObject([{ state: "FAILED", run: 0, exitCode: 1 }]);
  });

  it("during CLEANING neither restarts the clock nor sends SIGTERM again", () => {
    const world = new TaskWorld(taskOf([{ name: "a" }, { name: "b" }], { finalization_wait: 10 }));
    world.exit("a", 1);
    world.pass(6);
    world.kill();
    world.pass(60);
    expect(world.log.slice(2)).toEqual(["0 SIGTERM b 0", "10 SIGKILL b 0", "10 KILLED"]);
  });

  it("during FINALIZING lets the running finalizer go on, once", () => {
    const world = new TaskWorld(pair());
    world.exit("a", 0);
    world.kill();
    world.pass(1);
    expect(world.starts).toEqual(["a 0", "f 0"]);
    world.exit("f", 0);
    expect(world.log.slice(2)).toEqual(["1 KILLED"]);
  });

  it.each([
    ["CLEANING", "a"],
    ["FINALIZING", "f"],
  ])("a second time during %s changes nothing", (stage, live) => {
    const world = new TaskWorld(pair());
    world.kill();
    if (stage === "FINALIZING") world.exit("a", "SIGTERM");
    expect(world.state.stage).toBe(stage);
    world.pass(1);
    expect(step(world.state, { type: "kill" }, world.now)).toEqual({ state: world.state, effects: [] });
    world.pass(60);
    expect(world.log.slice(-2)).toEqual([`30 SIGKILL ${live} 0`, "30 KILLED"]);
  });
});

describe("hurry", () => {
  const pair = () => taskOf([{ name: "a" }, { name: "f", final: true }]);

  it.each([
    ["CLEANING", "a"],
    ["FINALIZING", "f"],
  ])("during %s is SIGKILL at once", (stage, live) => {
    const world = new TaskWorld(pair());
    world.kill();
    if (stage === "FINALIZING") world.exit("a", "SIGTERM");
    expect(world.state.stage).toBe(stage);
    world.hurry();
    expect(world.log.slice(-2)).toEqual([`0 SIGKILL ${live} 0`, "0 KILLED"]);
    expect(world.ended?.reason).toBe("killed on request; cut short on request");
  });

  it("without a kill before is SIGKILL at once, without SIGTERM or finalizers", () => {
    const world = new TaskWorld(pair());
    world.hurry();
    expect(world.log).toEqual(["0 start a 0", "0 SIGKILL a 0", "0 KILLED"]);
    expect(world.ended?.reason).toBe("killed on request; cut short on request");
  });

  it("while a task that failed is CLEANING makes it KILLED", () => {
    const world = new TaskWorld(taskOf([{ name: "a" }, { name: "b" }]));
    world.exit("a", 1);
    world.hurry();
    expect(world.log.slice(-2)).toEqual(["0 SIGKILL b 0", "0 KILLED"]);
  });

  it("when nothing was left to do is no other end than a kill", () => {
    const world = new TaskWorld(taskOf([{ name: "a", max_failures: 0 }]));
    world.exit("a", 1);
    world.hurry();
    expect(world.ended).toMatchObject({ taskState: "KILLED", reason: "killed on request" });
  });
});

it.each(["kill", "hurry"] as const)("%s of a task that is over does nothing", (type) => {
  const world = new TaskWorld(taskOf([{ name: "a" }]));
  world.exit("a", 0);
  expect(step(world.state, { type }, world.now)).toEqual({ state: world.state, effects: [] });
});

it("lets a process that runs again and again not keep the others waiting", () => {
  const processes = ["a", "b", "c"].map((name) => ({ name, daemon: true, min_duration: 0 }));
  const world = new TaskWorld(taskOf(processes, { max_concurrency: 1 }));
  for (const name of ["a", "b", "c", "a", "b"]) {
    world.pass(1);
    world.exit(name, 0);
  }
  expect(world.starts).toEqual(["a 0", "b 0", "c 0", "a 1", "b 1", "c 1"]);
});

it("counts a SIGKILL for want of memory as a failure, and says so", () => {
  const world = new TaskWorld(taskOf([{ name: "a", max_failures: 2, min_duration: 0 }]));
  const exit = { signal: "SIGKILL", outOfMemory: "out of memory: limit 64 MB" };
  for (const run of [0, 1]) world.send({ type: "exited", process: "a", run, exit });
  expect(world.ended).toMatchObject({
    taskState: "FAILED",
    reason: 'process "a" was ended by SIGKILL (out of memory: limit 64 MB) and had 2 of 2 failures',
  });
});
