/** One measured figure: ours beside a peer's or the floor, from interleaved runs in one go. */
export interface Figure {
  readonly name: string;
  /** Median of ours, in `unit`. */
  readonly ours: number;
  /** Median of the peer doing the same; null when there is none or it could not be had. */
  readonly peer: number | null;
  readonly peerName: string | null;
  /** Median of what nobody can go below: the same without any of our code; null when there is none. */
  readonly floor: number | null;
  readonly unit: "ms" | "µs" | "s" | "MB";
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
  /** Undefined when it can not be had on this machine; it has told why. */
  run(tell: (progress: string) => void): Promise<Figure | undefined>;
}

export interface Samples {
  readonly ours: readonly number[];
  readonly peer?: readonly number[];
  readonly floor?: readonly number[];
}

export function figureOf(
  about: Pick<Figure, "name" | "unit" | "goal"> & { peerName?: string | null; goalOf?: Figure["goalOf"] },
  samples: Samples,
): Figure {
  const ours = median(samples.ours);
  const peer = samples.peer === undefined || samples.peer.length === 0 ? null : median(samples.peer);
  const floor = samples.floor === undefined ? null : median(samples.floor);
  const base = peer ?? floor;
  const ratio = base === null || base === 0 ? null : ours / base;
  const goalOf = about.goalOf ?? "ratio";
  const judged = goalOf === "ratio" ? ratio : ours;
  return {
    name: about.name,
    ours: round(ours),
    peer: peer === null ? null : round(peer),
    peerName: about.peerName ?? null,
    floor: floor === null ? null : round(floor),
    unit: about.unit,
    ratio: ratio === null ? null : round(ratio),
    goal: about.goal,
    goalOf,
    met: judged !== null && judged <= about.goal,
    n: samples.ours.length,
  };
}

export function formatFigure(figure: Figure): string {
  const { name, ours, peer, peerName, floor, unit, ratio, goal, goalOf, met, n } = figure;
  const beside = [
    peer === null ? undefined : `${peerName} ${peer} ${unit}`,
    floor === null ? undefined : `floor ${floor} ${unit}`,
  ].filter((part) => part !== undefined);
  const limit = goalOf === "ratio" ? `goal ≤ ${goal}` : `goal ≤ ${goal} ${unit}`;
  const compared = ratio === null ? "nothing to compare with" : `ratio ${ratio}`;
  const alone = beside.join(", ") || "alone";
  return `${name.padEnd(22)} ${ours} ${unit}  (${alone})  ${compared}, ${limit}: ${met ? "met" : "NOT met"}  n=${n}`;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle];
  if (upper === undefined) throw new Error("a median of nothing");
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? upper)) / 2;
}

function round(value: number): number {
  return Number(value.toPrecision(4));
}
