import { isTerminal } from "@borealis/schema";
import fc from "fast-check";
import { expect, it } from "vitest";
import { newTask, nextWake, step, type TaskMachine } from "../../src/core/task.ts";
import type { TaskEffect, TaskEvent } from "../../src/core/task-event.ts";
import { taskOf } from "./task-world.ts";

const NAMES = ["a", "b", "c", "d", "e"] as const;

const processOf = (name: string) =>
  fc.record({
    name: fc.constant(name),
    max_failures: fc.nat({ max: 3 }),
    min_duration: fc.nat({ max: 5 }),
    daemon: fc.boolean(),
    ephemeral: fc.boolean(),
    final: fc.boolean(),
  });

const tasks = fc
  .record({
    processes: fc.tuple(...NAMES.map(processOf)),
    size: fc.integer({ min: 1, max: NAMES.length }),
    order: fc.array(fc.subarray([...NAMES], { minLength: 2 }), { maxLength: 2 }),
    max_failures: fc.nat({ max: 3 }),
    max_concurrency: fc.nat({ max: 3 }),
    finalization_wait: fc.nat({ max: 10 }),
  })
  .map(({ processes, size, order, ...rest }) => {
    const kept = processes.slice(0, size);
    const final = new Map<string, boolean>(kept.map((process) => [process.name, process.final]));
    // As the schema has it: an order stays within the regular or within the final processes.
    const within = order
      .map((names) =>
        names.filter((name) => final.has(name) && final.get(name) === final.get(names[0] ?? "")),
      )
      .filter((names) => names.length > 1);
    return taskOf(kept, { order: within, ...rest });
  });

/** What the world does next; `which` picks among the live runs. */
const moves = fc.array(
  fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({ do: fc.constant("exit" as const), which: fc.nat(), how: fc.nat({ max: 3 }) }),
    },
    { weight: 3, arbitrary: fc.record({ do: fc.constant("started" as const), which: fc.nat() }) },
    { weight: 3, arbitrary: fc.record({ do: fc.constant("wake" as const) }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constant("pass" as const), ms: fc.nat({ max: 4000 }) }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant("kill" as const) }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant("fail" as const) }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant("hurry" as const) }) },
  ),
  { maxLength: 80 },
);
type Move = typeof moves extends fc.Arbitrary<readonly (infer M)[]> ? M : never;

interface Live {
  readonly process: string;
  readonly run: number;
}

interface Moment {
  readonly before: TaskMachine;
  readonly event: TaskEvent;
  readonly after: TaskMachine;
  readonly effects: readonly TaskEffect[];
  readonly now: number;
  /** Runs that the world holds, after the effects. */
  readonly live: readonly Live[];
}

function eventOf(move: Move, live: readonly Live[]): TaskEvent {
  if (move.do === "kill" || move.do === "hurry") return { type: move.do };
  if (move.do === "fail") return { type: "fail", reason: "unhealthy" };
  if (move.do === "wake" || move.do === "pass") return { type: "tick" };
  const run = live[move.which % Math.max(1, live.length)];
  if (run === undefined) return { type: "tick" };
  if (move.do === "started") return { type: "started", ...run, pid: 1 };
  if (move.how === 3) return { type: "startFailed", ...run, reason: "no memory" };
  return { type: "exited", ...run, exit: move.how === 2 ? { signal: "SIGKILL" } : { exitCode: move.how } };
}

/** Plays the moves as a runner would, never passing a wake-up, and shows every step to `look`. */
function play(
  task: ReturnType<typeof taskOf>,
  script: readonly Move[],
  look: (moment: Moment) => void,
): void {
  let state = newTask(task);
  let now = 0;
  let live: readonly Live[] = [];
  const send = (event: TaskEvent) => {
    const before = state;
    const { state: after, effects } = step(before, event, now);
    if (event.type === "exited" || event.type === "startFailed") {
      live = live.filter(({ process, run }) => process !== event.process || run !== event.run);
    }
    for (const effect of effects)
      if (effect.type === "start") live = [...live, { process: effect.process, run: effect.run }];
    if (isTerminal(after.stage)) live = [];
    look({ before, event, after, effects, now, live });
    state = after;
  };
  const passUntil = (until: number) => {
    for (let wake = nextWake(state); wake !== undefined && wake <= until; wake = nextWake(state)) {
      now = wake;
      send({ type: "tick" });
    }
    now = until;
  };
  send({ type: "tick" });
  for (const move of script) {
    if (move.do === "pass") passUntil(now + move.ms);
    else if (move.do === "wake") passUntil(Math.max(now, nextWake(state) ?? now));
    send(eventOf(move, live));
  }
  passUntil(now + 20_000);
}

const always = (look: (task: ReturnType<typeof taskOf>) => (moment: Moment) => void) =>
  fc.assert(
    fc.property(tasks, moves, (task, script) => play(task, script, look(task))),
    { numRuns: 500 },
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

it("has ended within finalization_wait of the first kill or of leaving ACTIVE, whatever its processes do", () =>
  always((task) => {
    let leftAt: number | undefined;
    return ({ after, now }) => {
      if (after.stage !== "ACTIVE") leftAt ??= now;
      if (leftAt !== undefined && now >= leftAt + task.finalization_wait * 1000) {
        expect(isTerminal(after.stage)).toBe(true);
      }
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

it("is not moved by a failure once it has left ACTIVE", () =>
  always(() => ({ before, event, after, effects }) => {
    if (event.type !== "fail" || before.stage === "ACTIVE") return;
    expect([after, effects]).toEqual([before, []]);
  }));

it("is moved by its first kill only", () =>
  always(() => {
    let kills = 0;
    return ({ before, event, after, effects }) => {
      if (event.type !== "kill" || ++kills === 1) return;
      expect([after, effects]).toEqual([before, []]);
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

it("never waits for nothing: an unfinished task has a live run or a wake-up", () =>
  always(() => ({ after, live }) => {
    if (!isTerminal(after.stage)) expect(live.length > 0 || nextWake(after) !== undefined).toBe(true);
  }));

it("goes on from a state that was written down and read back", () =>
  always(() => ({ after }) => {
    expect(JSON.parse(JSON.stringify(after))).toEqual(after);
  }));
