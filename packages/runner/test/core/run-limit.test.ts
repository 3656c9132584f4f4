import { expect, it } from "vitest";
import { TaskWorld, taskOf } from "./task-world.ts";

const endless = { name: "a", max_failures: 0, min_duration: 0 };

it("ends a process that would be run for ever, and with it the task", () => {
  const world = new TaskWorld(taskOf([endless]), { runLimit: 100 });
  for (let run = 0; run < 100; run++) world.exit("a", 1);
  expect(world.starts).toHaveLength(100);
  expect(world.ended).toEqual({
    type: "ended",
    taskState: "FAILED",
    reason: 'process "a" exited with 1 in the last of the 100 runs it may have',
  });
});

it.each([
  ["a success", { daemon: true }, 0, "exited with 0"],
  ["the success of no daemon", {}, 0, "exited with 0"],
  ["a signal", {}, "SIGSEGV", "was ended by SIGSEGV"],
])("counts %s", (_, attributes, exit, how) => {
  const world = new TaskWorld(taskOf([{ ...endless, ...attributes }]), { runLimit: 2 });
  world.exit("a", 1);
  world.exit("a", exit);
  expect(world.runOf("a").outcome).toBe("failed");
  expect(world.ended?.reason).toBe(`process "a" ${how} in the last of the 2 runs it may have`);
});

it("counts a loss", () => {
  const world = new TaskWorld(taskOf([endless]), { runLimit: 1 });
  world.send({ type: "lost", process: "a", run: 0, reason: "its keeper was killed" });
  expect(world.ended).toMatchObject({
    taskState: "FAILED",
    reason: 'process "a" was lost (its keeper was killed) in the last of the 1 runs it may have',
  });
});

it("makes an ephemeral process a failed one too, as Thermos does", () => {
  const world = new TaskWorld(
    taskOf([{ ...endless, name: "e", ephemeral: true, daemon: true }, { name: "main" }]),
    {
      runLimit: 2,
    },
  );
  for (const _ of [1, 2]) world.exit("e", 0);
  expect(world.runOf("e").outcome).toBe("failed");
  world.exit("main", "SIGTERM");
  expect(world.ended).toMatchObject({ taskState: "FAILED" });
});

it("does not change the reason of a process that gave up before", () => {
  const world = new TaskWorld(taskOf([{ name: "a" }]), { runLimit: 1 });
  world.exit("a", 3);
  expect(world.ended?.reason).toBe('process "a" exited with 3 and had 1 of 1 failures');
});
