import { type Bench, type Figure, figureOf, median } from "../figure.ts";
import { TaskHolder, TaskState } from "../task-holder.ts";
import { AT_A_TIME, SineTable, type Tabled, tableIn } from "../task-sine.ts";

const RUNS = 7;
const GOAL = 1.3;

/**
 * The sine table of the configuration reference, from the call that starts the task to SUCCESS. Beside it what runs the
 * same commands without keeping anything: no logs, no checkpoint, nobody to end what is left.
 */
export const taskSine: Bench = {
  name: "task.sine",
  about: `the reference's sine table, 180 mappers and a reducer, ${AT_A_TIME} at a time, beside xargs -P and make -j`,
  async run(tell) {
    const sine = new SineTable();
    if (sine.calculator !== "bc") tell("bc is not installed: the sines are awk's");
    await using state = await TaskState.make();
    await using holder = await TaskHolder.start(state);
    const file = await state.write("sine", sine.task);
    const samples = { ours: [] as Tabled[], xargs: [] as Tabled[], make: [] as Tabled[] };
    const executor: number[] = [];
    for (let run = 0; run < RUNS; run++) {
      const { ms, cpuMs, keptCpuMs, sandbox } = await holder.run(`sine-${run}`, file);
      samples.ours.push({ ms, cpuMs: cpuMs + keptCpuMs, table: await tableIn(sandbox) });
      executor.push(cpuMs);
      samples.xargs.push(await sine.withXargs(state.directory));
      const made = await sine.withMake(state.directory);
      if (made !== undefined) samples.make.push(made);
    }
    const all = [...samples.ours, ...samples.xargs, ...samples.make];
    if (new Set(all.map(({ table }) => table)).size > 1) throw new Error("the tables are not the same");
    if (samples.make.length === 0) tell("make is not installed: beside xargs alone");
    tell(`of our CPU ${Math.round(median(executor))} ms are the executor's own`);
    return [figureFor(this.name, "ms", samples), figureFor(`${this.name}.cpu`, "cpuMs", samples)];
  },
};

/** Beside the faster of the two, by wall time. */
function figureFor(
  name: string,
  what: "ms" | "cpuMs",
  { ours, xargs, make }: Readonly<Record<"ours" | "xargs" | "make", readonly Tabled[]>>,
): Figure {
  const peers = [
    { name: "xargs", samples: xargs },
    { name: "make", samples: make },
  ].filter(({ samples }) => samples.length > 0);
  const [first, ...others] = peers.sort((a, b) => midOf(a.samples, "ms") - midOf(b.samples, "ms"));
  const values = (samples: readonly Tabled[] = []) => samples.map((sample) => sample[what]);
  return figureOf(
    { name, unit: "ms", goal: GOAL, peerName: first?.name ?? null },
    {
      ours: values(ours),
      peer: values(first?.samples),
      others: Object.fromEntries(others.map((other) => [other.name, values(other.samples)])),
    },
  );
}

function midOf(samples: readonly Tabled[], what: "ms" | "cpuMs"): number {
  return median(samples.map((sample) => sample[what]));
}
