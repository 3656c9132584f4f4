import fc from "fast-check";
import { newTask, nextWake, step, type TaskMachine } from "../../src/core/task.ts";
import type { TaskEffect, TaskEvent } from "../../src/core/task-event.ts";
import type { PlanLimits } from "../../src/core/task-plan.ts";
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

export const tasks = fc
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
export const moves = fc.array(
  fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({ do: fc.constant("exit" as const), which: fc.nat(), how: fc.nat({ max: 4 }) }),
    },
    { weight: 3, arbitrary: fc.record({ do: fc.constant("started" as const), which: fc.nat() }) },
    { weight: 3, arbitrary: fc.record({ do: fc.constant("wake" as const) }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constant("pass" as const), ms: fc.nat({ max: 4000 }) }) },
    {
      weight: 1,
      arbitrary: fc.record({
        do: fc.constant("kill" as const),
        waitMs: fc.option(fc.nat({ max: 12_000 }), { nil: undefined, freq: 2 }),
      }),
    },
    { weight: 1, arbitrary: fc.record({ do: fc.constant("lose" as const) }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant("fail" as const) }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant("quit" as const), fails: fc.boolean() }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant("hurry" as const) }) },
  ),
  { maxLength: 80 },
);
export type Move = typeof moves extends fc.Arbitrary<readonly (infer M)[]> ? M : never;

interface Live {
  readonly process: string;
  readonly run: number;
}

export interface Moment {
  readonly before: TaskMachine;
  readonly event: TaskEvent;
  readonly after: TaskMachine;
  readonly effects: readonly TaskEffect[];
  readonly now: number;
  /** Runs that the world holds, after the effects. */
  readonly live: readonly Live[];
}

function eventOf(move: Move, live: readonly Live[]): TaskEvent {
  if (move.do === "hurry" || move.do === "lose") return { type: move.do };
  if (move.do === "kill") {
    return move.waitMs === undefined ? { type: "kill" } : { type: "kill", waitMs: move.waitMs };
  }
  if (move.do === "quit") return move.fails ? { type: "quit", failure: "unhealthy" } : { type: "quit" };
  if (move.do === "fail") return { type: "fail", reason: "unhealthy" };
  if (move.do === "wake" || move.do === "pass") return { type: "tick" };
  const run = live[move.which % Math.max(1, live.length)];
  if (run === undefined) return { type: "tick" };
  if (move.do === "started") return { type: "started", ...run, pid: 1 };
  if (move.how === 4) return { type: "lost", ...run, reason: "nobody saw it end" };
  if (move.how === 3) return { type: "startFailed", ...run, reason: "no memory" };
  return { type: "exited", ...run, exit: move.how === 2 ? { signal: "SIGKILL" } : { exitCode: move.how } };
}

function without(live: readonly Live[], over: Live): readonly Live[] {
  return live.filter(({ process, run }) => process !== over.process || run !== over.run);
}

/** Near the Unix epoch, as a runner's time is; a round number, so that failures can be read. */
const START = 1_000_000_000_000;

/** Plays the moves as a runner would, never passing a wake-up, and shows every step to `look`. */
export function play(
  task: ReturnType<typeof taskOf>,
  script: readonly Move[],
  look: (moment: Moment) => void,
  limits?: PlanLimits,
): void {
  let state = newTask(task, limits);
  let now = START;
  let live: readonly Live[] = [];
  const send = (event: TaskEvent) => {
    const before = state;
    const { state: after, effects } = step(before, event, now);
    if (event.type === "exited" || event.type === "startFailed" || event.type === "lost")
      live = without(live, event);
    for (const effect of effects) {
      if (effect.type === "start") live = [...live, { process: effect.process, run: effect.run }];
      if (effect.type === "signal" && effect.signal === "SIGKILL") live = without(live, effect);
    }
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
