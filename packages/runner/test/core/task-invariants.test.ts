import { isTerminal } from "@borealis/schema";
import fc from "fast-check";
import { expect, it } from "vitest";
import { nextWake, step, type TaskMachine } from "../../src/core/task.ts";
import { type Moment, moves, play, tasks } from "./task-play.ts";
import type { taskOf } from "./task-world.ts";

const always = (look: (task: ReturnType<typeof taskOf>) => (moment: Moment) => void) =>
  fc.assert(
    fc.property(tasks, moves, (task, script) => play(task, script, look(task))),
    { numRuns: 200 },
  );

it("ends once, as the last thing it asks for, and nothing moves a task that has ended", () =>
  always(() => ({ before, after, effects }) => {
    if (isTerminal(before.stage)) {
      expect(after).toBe(before);
      expect(effects).toEqual([]);
    } else {
      const ends = effects.filter(({ type }) => type === "ended");
      expect(ends).toEqual(isTerminal(after.stage) ? [effects.at(-1)] : []);
    }
  }));

it("never has two live runs of one process, and numbers runs without gaps", () =>
  always(() => {
    const lastRun = new Map<string, number>();
    return ({ effects, live }) => {
      const names = live.map(({ process }) => process);
      expect(new Set(names).size).toBe(names.length);
      for (const effect of effects) {
        if (effect.type !== "start") continue;
        expect(effect.run).toBe((lastRun.get(effect.process) ?? -1) + 1);
        lastRun.set(effect.process, effect.run);
      }
    };
  }));

it("agrees with the world about what is live", () =>
  always(() => ({ after, live }) => {
    const held = after.processes.filter(({ state }) => state === "FORKED" || state === "RUNNING");
    expect(held.map(({ name, run }) => `${name} ${run}`)).toEqual(
      live
        .map(({ process, run }) => `${process} ${run}`)
        .toSorted((one, other) => place(after, one) - place(after, other)),
    );
  }));

function place({ processes }: TaskMachine, live: string): number {
  return processes.findIndex(({ name }) => name === live.split(" ")[0]);
}

it("never runs a final process beside a regular one, nor more than max_concurrency at once", () =>
  always((task) => {
    const isFinal = new Map(task.processes.map(({ name, final }) => [name, final]));
    return ({ live }) => {
      expect(new Set(live.map(({ process }) => isFinal.get(process))).size).toBeLessThan(2);
      if (task.max_concurrency > 0) expect(live.length).toBeLessThanOrEqual(task.max_concurrency);
    };
  }));

it("starts nothing before its predecessors have finished", () =>
  always((task) => ({ after, effects }) => {
    const started = new Set(effects.map((effect) => (effect.type === "start" ? effect.process : undefined)));
    const finished = new Set(
      after.processes.filter(({ outcome }) => outcome === "finished").map(({ name }) => name),
    );
    for (const { order } of task.constraints) {
      for (const [index, name] of order.slice(1).entries()) {
        if (started.has(name)) expect(finished).toContain(order[index]);
      }
    }
  }));

it("starts nothing before min_duration has passed since its last end", () =>
  always((task) => ({ before, effects, now }) => {
    for (const effect of effects) {
      if (effect.type !== "start") continue;
      const { min_duration = 0 } = task.processes.find(({ name }) => name === effect.process) ?? {};
      const { endedAt = -Infinity } = before.processes.find(({ name }) => name === effect.process) ?? {};
      expect(now - endedAt).toBeGreaterThanOrEqual(min_duration * 1000);
    }
  }));

it("keeps its deadline: finalization_wait after it left ACTIVE, or what the latest kill with a wait allowed", () =>
  always((task) => {
    let deadline: number | undefined;
    return ({ before, event, after, now }) => {
      if (isTerminal(before.stage)) return;
      if (event.type === "kill" && event.waitMs !== undefined) deadline = now + event.waitMs;
      if (after.stage !== "ACTIVE") deadline ??= now + task.finalization_wait * 1000;
      if (after.deadline !== undefined) expect(after.deadline).toBe(deadline);
      if (deadline !== undefined && now >= deadline) expect(isTerminal(after.stage)).toBe(true);
    };
  }));

it("has ended as soon as it is told to hurry, without a start or a SIGTERM", () =>
  always(() => ({ event, after, effects }) => {
    if (event.type !== "hurry") return;
    expect(isTerminal(after.stage)).toBe(true);
    for (const effect of effects) {
      expect(effect.type === "signal" ? effect.signal : effect.type).toMatch(/^(stage|SIGKILL|ended)$/);
    }
  }));

it("starts no regular process once it was asked to quit, and does not succeed any more", () =>
  always((task) => {
    const isFinal = new Map(task.processes.map(({ name, final }) => [name, final]));
    let asked = false;
    return ({ before, event, after, effects }) => {
      asked ||= event.type === "quit" && before.stage === "ACTIVE";
      if (!asked) return;
      expect(after.stage).not.toBe("SUCCESS");
      for (const effect of effects)
        if (effect.type === "start") expect(isFinal.get(effect.process)).toBe(true);
    };
  }));

it("is LOST as soon as it is told to lose, whatever it would have been, with SIGKILL and nothing else", () =>
  always(() => ({ before, event, after, effects }) => {
    if (event.type !== "lose" || isTerminal(before.stage)) return;
    expect(after.stage).toBe("LOST");
    expect(effects.at(-1)).toMatchObject({ type: "ended", taskState: "LOST" });
    for (const effect of effects) {
      expect(effect.type === "signal" ? effect.signal : effect.type).toMatch(/^(stage|SIGKILL|ended)$/);
    }
  }));

it("is not moved by a failure once it has left ACTIVE", () =>
  always(() => ({ before, event, after, effects }) => {
    if (event.type !== "fail" || before.stage === "ACTIVE") return;
    expect([after, effects]).toEqual([before, []]);
  }));

it("is moved by its first kill only, unless another brings a wait of its own: that moves the deadline alone", () =>
  always(() => {
    let kills = 0;
    return ({ before, event, after, effects, now }) => {
      if (event.type !== "kill" || ++kills === 1 || isTerminal(before.stage)) return;
      const { waitMs } = event;
      if (waitMs === undefined) expect([after, effects]).toEqual([before, []]);
      else if (waitMs > 0)
        expect([after, effects]).toEqual([{ ...before, waitMs, deadline: now + waitMs }, []]);
    };
  }));

it("sends SIGTERM at most once to a run, and only SIGKILL after it", () =>
  always(() => {
    const sent = new Map<string, string>();
    return ({ effects }) => {
      for (const effect of effects) {
        if (effect.type !== "signal") continue;
        const run = `${effect.process} ${effect.run}`;
        expect([undefined, ...(effect.signal === "SIGKILL" ? ["SIGTERM"] : [])]).toContain(sent.get(run));
        sent.set(run, effect.signal);
      }
    };
  }));

it("sends SIGTERM to each run that is live while it is CLEANING, to one just forked with the news of its start", () =>
  always(() => {
    const told = new Set<string>();
    return ({ after, effects }) => {
      for (const effect of effects)
        if (effect.type === "signal" && effect.signal === "SIGTERM")
          told.add(`${effect.process} ${effect.run}`);
      if (after.stage !== "CLEANING") return;
      const running = after.processes.filter(({ state }) => state === "RUNNING");
      for (const { name, run } of running) expect(told).toContain(`${name} ${run}`);
    };
  }));

it("never wakes for nothing: what is due has been done, and the next wake-up is later", () =>
  always(() => ({ after, now }) => {
    expect(nextWake(after) ?? Number.POSITIVE_INFINITY).toBeGreaterThan(now);
  }));

it("takes no news twice: it comes again when who kept a run is read from the start", () =>
  always(() => ({ event, after, now }) => {
    if (!("run" in event)) return;
    const { process, run } = event;
    for (const again of [event, { type: "started", process, run, pid: 1 } as const]) {
      if (again.type === "started" && isForked(after, again)) continue;
      const { state, effects: more } = step(after, again, now);
      expect(state).toBe(after);
      expect(more).toEqual([]);
    }
  }));

function isForked({ processes }: TaskMachine, { process, run }: { process: string; run: number }): boolean {
  return processes.some((one) => one.name === process && one.run === run && one.state === "FORKED");
}

it("has times in order: a run starts, ends, and both are past", () =>
  always(() => ({ after, now }) => {
    for (const { startedAt = now, endedAt = now } of after.processes) {
      expect(endedAt).toBeGreaterThanOrEqual(startedAt);
      expect(now).toBeGreaterThanOrEqual(endedAt);
    }
  }));

it("never runs a process more often than it may", () =>
  fc.assert(
    fc.property(tasks, moves, fc.integer({ min: 1, max: 3 }), (task, script, runLimit) =>
      play(
        task,
        script,
        ({ after }) => {
          for (const { run } of after.processes) expect(run).toBeLessThan(runLimit);
        },
        { runLimit },
      ),
    ),
    { numRuns: 200 },
  ));

it("never waits for nothing: an unfinished task has a live run or a wake-up", () =>
  always(() => ({ after, live }) => {
    if (!isTerminal(after.stage)) expect(live.length > 0 || nextWake(after) !== undefined).toBe(true);
  }));
