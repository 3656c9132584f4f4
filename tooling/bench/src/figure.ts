/** One measured figure: ours beside a peer's or the floor, from interleaved runs in one go. */
export interface Figure {
  readonly name: string;
  /** What `statistic` says of our samples, in `unit`. */
  readonly ours: number;
  /** The same of the peer doing the same; null when there is none or it could not be had. */
  readonly peer: number | null;
  readonly peerName: string | null;
  /** The same of further peers doing the same. */
  readonly others: readonly {
    readonly name: string;
    readonly value: number;
    readonly ratio: number | null;
  }[];
  /** What `ours`, `peer` and the others are of their samples. */
  readonly statistic: "median" | "p90" | "p99";
  /** Median of what nobody can go below: the same without any of our code; null when there is none. */
  readonly floor: number | null;
  readonly unit: "ms" | "µs" | "s" | "MB" | "%" | "checks";
  /** ours / peer, or ours / floor where there is no peer. Below 1 we are faster than the peer. */
  readonly ratio: number | null;
  /** What `goalOf` should be at most. */
  readonly goal: number;
  /** `ours`: a promise made in absolute terms, in `unit`. */
  readonly goalOf: "ratio" | "ours";
  readonly met: boolean;
  /** Runs of each. */
  readonly n: number;
}

export interface Bench {
  readonly name: string;
  /** What is measured, for people. */
  readonly about: string;
  /** Undefined when it can not be had on this machine; it has told why. Several when one run measures several. */
  run(tell: (progress: string) => void): Promise<Figure | readonly Figure[] | undefined>;
}

export interface Samples {
  readonly ours: readonly number[];
  readonly peer?: readonly number[];
  readonly floor?: readonly number[];
  /** Further peers by name. */
  readonly others?: Readonly<Record<string, readonly number[]>>;
}

interface About extends Pick<Figure, "name" | "unit" | "goal"> {
  readonly peerName?: string | null;
  readonly goalOf?: Figure["goalOf"];
  readonly statistic?: Figure["statistic"];
}

export function figureOf(about: About, samples: Samples): Figure {
  const { statistic = "median", goalOf = "ratio" } = about;
  const of = STATISTICS[statistic];
  const ours = of(samples.ours);
  const peer = samples.peer === undefined || samples.peer.length === 0 ? null : of(samples.peer);
  const floor = samples.floor === undefined ? null : of(samples.floor);
  const ratio = ratioOf(ours, peer ?? floor);
  const judged = goalOf === "ratio" ? ratio : ours;
  const others = Object.entries(samples.others ?? {}).map(([name, values]) => {
    const value = of(values);
    return { name, value: round(value), ratio: roundOrNull(ratioOf(ours, value)) };
  });
  return {
    name: about.name,
    ours: round(ours),
    peer: roundOrNull(peer),
    peerName: about.peerName ?? null,
    others,
    statistic,
    floor: roundOrNull(floor),
    unit: about.unit,
    ratio: roundOrNull(ratio),
    goal: about.goal,
    goalOf,
    met: judged !== null && judged <= about.goal,
    n: samples.ours.length,
  };
}

export function formatFigure(figure: Figure): string {
  const { name, ours, peer, peerName, others, statistic, floor, unit, ratio, goal, goalOf, met, n } = figure;
  const beside = [
    peer === null ? undefined : `${peerName} ${peer} ${unit}`,
    ...others.map((other) => `${other.name} ${other.value} ${unit}, ratio ${other.ratio}`),
    floor === null ? undefined : `floor ${floor} ${unit}`,
  ].filter((part) => part !== undefined);
  const limit = goalOf === "ratio" ? `goal ≤ ${goal}` : `goal ≤ ${goal} ${unit}`;
  const compared = ratio === null ? "nothing to compare with" : `ratio ${ratio}`;
  const alone = beside.join(", ") || "alone";
  const what = statistic === "median" ? "" : `${statistic} `;
  return `${name.padEnd(26)} ${what}${ours} ${unit}  (${alone})  ${compared}, ${limit}: ${met ? "met" : "NOT met"}  n=${n}`;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle];
  if (upper === undefined) throw new Error("a median of nothing");
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? upper)) / 2;
}

const STATISTICS = {
  median,
  p90: (values: readonly number[]) => percentile(values, 90),
  p99: (values: readonly number[]) => percentile(values, 99),
} as const satisfies Record<Figure["statistic"], unknown>;

/** So many of 100 values are at most this. */
function percentile(values: readonly number[], percent: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const value = sorted[Math.ceil((sorted.length * percent) / 100) - 1];
  if (value === undefined) throw new Error("a percentile of nothing");
  return value;
}

function ratioOf(ours: number, base: number | null): number | null {
  return base === null || base === 0 ? null : ours / base;
}

function roundOrNull(value: number | null): number | null {
  return value === null ? null : round(value);
}

function round(value: number): number {
  return Number(value.toPrecision(4));
}
