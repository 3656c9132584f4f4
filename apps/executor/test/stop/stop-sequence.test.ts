import { createTestClock } from "@borealis/clock/testing";
import { stopStepSchema } from "@borealis/schema";
import { expect, test } from "vitest";
import type { StopAnswer, TimelineEntry } from "../../src/stop/stop-event.ts";
import type { StopPlan } from "../../src/stop/stop-plan.ts";
import { postStop } from "../../src/stop/stop-request.ts";
import { stopReport, stopSentence } from "../../src/stop/stop-sentences.ts";
import { type StopOptions, startStop } from "../../src/stop/stop-sequence.ts";
import { FULL } from "./stopping.ts";
import { type Obeys, startWitness, type Witness } from "./witness.ts";

const outcomes = (timeline: readonly TimelineEntry[]) =>
  timeline.map(({ step, outcome }) => `${step} ${outcome?.kind}`);

/** A stop whose time the test moves. */
function stop(plan: StopPlan, options: Partial<StopOptions> = {}) {
  const clock = createTestClock();
  const told: string[] = [];
  const leaving = Promise.withResolvers<void>();
  const ended = Promise.withResolvers<void>();
  const sequence = startStop({
    plan,
    clock,
    leave: () => leaving.promise,
    post: (_request, signal) => postStop(_request, { signal }),
    killTask: () => told.push("killTask"),
    hurryTask: () => told.push("hurryTask"),
    taskEnded: ended.promise,
    onStep: (entry) => told.push(stopSentence(entry) ?? `${entry.step}: silence`),
    ...options,
  });
  return { clock, told, leaving, ended, ...sequence };
}

function stopWitness({ port, child, ended, note }: Witness, plan: Partial<StopPlan> = {}) {
  const quit = { port, portName: "health", path: "/quitquitquit", waitMs: 5_000 };
  const abort = { ...quit, path: "/abortabortabort" };
  return stop(
    { ...FULL, quit, abort, ...plan },
    {
      killTask: () => void child.kill("SIGTERM"),
      hurryTask: () => {
        note("SIGKILL");
        child.kill("SIGKILL");
      },
      taskEnded: ended,
    },
  );
}

async function started(obeys: Obeys, plan?: Partial<StopPlan>) {
  const witness = await startWitness(obeys);
  return { witness, stopped: stopWitness(witness, plan) };
}

test("a process sees what it was promised, in order: the member gone, the drain, both requests, SIGTERM", async () => {
  const { witness, stopped } = await started("SIGTERM");
  const { clock, told, leaving, done } = stopped;
  await clock.advance(4_000);
  expect(witness.seen()).toEqual([]);
  witness.note("znode gone");
  leaving.resolve();
  await clock.advance(1_999);
  witness.note("drained");
  await clock.advance(1);
  const quit = "/quitquitquit on port health answered 200; waiting up to 5 s";
  await expect.poll(() => told).toContain(quit);
  await clock.advance(4_999);
  witness.note("waited");
  await clock.advance(1);
  const abort = "/abortabortabort on port health answered 200; waiting up to 5 s";
  await expect.poll(() => told).toContain(abort);
  await clock.advance(4_999);
  witness.note("waited again");
  await clock.advance(1);
  const kill = "SIGTERM to the task's processes, then its finalizers; waiting up to 30 s";
  expect(outcomes(await done).at(-1)).toBe("KILL taskEnded");
  expect(witness.seen()).toEqual([
    "znode gone",
    "drained",
    "POST /quitquitquit",
    "waited",
    "POST /abortabortabort",
    "waited again",
    "SIGTERM",
  ]);
  expect(told).toEqual([
    "leaving the ServerSet; waiting up to 5 s until the znode is gone",
    "the znode is gone after 4 s of 5 s",
    "draining for 2 s",
    "drained after 2 s of 2 s",
    "asking /quitquitquit on port health",
    quit,
    "/quitquitquit on port health answered 200, and the task still runs after 5 s of 5 s",
    "asking /abortabortabort on port health",
    abort,
    "/abortabortabort on port health answered 200, and the task still runs after 5 s of 5 s",
    kill,
    "the task ended after 0 s of 30 s",
  ]);
});

test.each([
  ["POST /quitquitquit", ["POST /quitquitquit"], ["QUIT taskEnded", "ABORT needless", "KILL needless"]],
  [
    "POST /abortabortabort",
    ["POST /quitquitquit", "POST /abortabortabort"],
    ["QUIT done", "ABORT taskEnded", "KILL needless"],
  ],
] as const)("a process that goes with %s is told no more than that", async (obeys, seen, steps) => {
  const { witness, stopped } = await started(obeys, { announced: false });
  const { clock, told, done } = stopped;
  if (obeys !== "POST /quitquitquit") {
    await expect.poll(() => told.join("\n")).toContain("answered");
    await clock.advance(5_000);
  }
  expect(outcomes(await done).slice(2)).toEqual(steps);
  expect(witness.seen()).toEqual(seen);
  expect(clock.armed).toBe(0);
});

test("asked a second time it sends SIGTERM at once, a third time SIGKILL", async () => {
  const { witness, stopped } = await started("nothing", { announced: false });
  await expect.poll(witness.seen).toEqual(["POST /quitquitquit"]);
  stopped.hurry();
  await expect.poll(witness.seen).toEqual(["POST /quitquitquit", "SIGTERM"]);
  stopped.hurry();
  expect(outcomes(await stopped.done).slice(2)).toEqual(["QUIT hurried", "ABORT needless", "KILL taskEnded"]);
  expect(witness.seen()).toEqual(["POST /quitquitquit", "SIGTERM", "SIGKILL"]);
  expect(stopped.told.at(-2)).toBe("told to hurry: SIGKILL");
});

test("a task that has ended when the stop begins is asked nothing, only its member leaves", async () => {
  const { clock, told, leaving, done } = stop(FULL, { taskEnded: Promise.resolve() });
  const before = clock.armed;
  leaving.resolve();
  expect(outcomes(await done)).toEqual([
    "UNANNOUNCE done",
    "DRAIN needless",
    "QUIT needless",
    "ABORT needless",
    "KILL needless",
  ]);
  expect(before).toBe(0);
  expect(told.slice(0, 2)).toEqual([
    "leaving the ServerSet; waiting up to 5 s until the znode is gone",
    "the znode is gone after 0 s of 5 s",
  ]);
});

test("nothing is called before startStop has returned, and a hurry by then is heeded", async () => {
  const { told, hurry } = stop({ ...FULL, announced: false });
  expect(told).toEqual([]);
  hurry();
  await expect.poll(() => told).toContain("killTask");
  expect(told.join("\n")).not.toContain("asking");
});

test("leaving is cut off after its five seconds, and asking after its one", async () => {
  const cut: string[] = [];
  const until = (what: string, signal: AbortSignal) =>
    new Promise<never>((_resolve, reject) => {
      signal.addEventListener("abort", () => {
        cut.push(what);
        reject(signal.reason);
      });
    });
  const { clock, told } = stop(FULL, {
    leave: (signal) => until("leave", signal),
    post: (request, signal) => until(request.path, signal),
  });
  await clock.advance(5_000);
  expect(cut).toEqual(["leave"]);
  await clock.advance(2_000);
  await clock.advance(1_000);
  expect(cut).toEqual(["leave", "/quitquitquit"]);
  await clock.advance(1_000);
  expect(cut).toEqual(["leave", "/quitquitquit", "/abortabortabort"]);
  expect(told).toContain("killTask");
  expect(told).toContain(
    "the znode is not known to be gone: ZooKeeper did not confirm it within 5 s; it goes with the session at the latest",
  );
  expect(told).toContain("/quitquitquit on port health: no answer within 1 s, nothing to wait for");
});

test("what goes wrong with leaving and asking is told, and the task ended all the same", async () => {
  const { clock, told, leaving } = stop(FULL, { post: async () => Promise.reject(new Error("no socket")) });
  leaving.reject(new Error("session expired"));
  await clock.advance(2_000);
  await expect.poll(() => told).toContain("killTask");
  expect(told).toContain(
    "the znode is not known to be gone: session expired; it goes with the session at the latest",
  );
  expect(told).toContain("/abortabortabort on port health: not asked: no socket, nothing to wait for");
});

test("who was asked may go on answering while the answer is waited on, and no longer", async () => {
  const signals: AbortSignal[] = [];
  const { clock, told } = stop(
    { ...FULL, announced: false },
    {
      post: async (_request, signal) => {
        signals.push(signal);
        return { handled: true, text: "200" };
      },
    },
  );
  await clock.advance(4_999);
  expect(signals.map(({ aborted }) => aborted)).toEqual([false]);
  await clock.advance(1);
  expect(signals.map(({ aborted }) => aborted)).toEqual([true, false]);
  expect(told).not.toContain("killTask");
});

test("a step that somebody cuts short says so, and one that asks nobody says why", async () => {
  const { clock, told, hurry } = stop(FULL);
  await clock.advance(1_200);
  hurry();
  expect(told).toContain("told to hurry after 1.2 s of 5 s");
  const skipped = "it has no port named health";
  const silent = stop({
    ...FULL,
    announced: false,
    quit: { skipped },
    abort: { skipped: "its endpoint is empty" },
  });
  await expect.poll(() => silent.told).toContain("killTask");
  expect(silent.told.slice(0, 4)).toEqual([
    "UNANNOUNCE: silence",
    "DRAIN: silence",
    "not asked to quit: it has no port named health",
    "not asked to abort: its endpoint is empty",
  ]);
});

test("the record has the steps as the observer API tells them, by the wall clock", async () => {
  const answer = Promise.withResolvers<StopAnswer>();
  const { clock, done, leaving, ended } = stop(FULL, { post: () => answer.promise });
  const began = clock.wallTime();
  await clock.advance(300);
  leaving.resolve();
  await clock.advance(2_000);
  await clock.advance(400);
  answer.resolve({ handled: true, text: "204" });
  await clock.advance(1_250);
  ended.resolve();
  const report = stopReport(await done, clock.wallTime() - clock.now());
  const end = began + 3_950;
  const needless = { startedAt: end, plannedMs: 0, endedAt: end, outcome: "skipped: the task has ended" };
  expect(report).toEqual([
    {
      step: "UNANNOUNCE",
      startedAt: began,
      plannedMs: 5_000,
      endedAt: began + 300,
      outcome: "the znode is gone after 0.3 s of 5 s",
    },
    {
      step: "DRAIN",
      startedAt: began + 300,
      plannedMs: 2_000,
      endedAt: began + 2_300,
      outcome: "drained after 2 s of 2 s",
    },
    // With the second for asking.
    {
      step: "QUIT",
      startedAt: began + 2_300,
      plannedMs: 6_000,
      endedAt: end,
      outcome: "the task ended after 1.3 s of 5 s",
    },
    { step: "ABORT", ...needless },
    { step: "KILL", ...needless },
  ]);
  for (const step of report) expect(stopStepSchema.parse(step)).toEqual(step);
});
