import fc from "fast-check";

/** `forMs`: how long it lasts. `pick`: from 0 to 1, which of those that it could befall. */
export interface Fault {
  readonly kind: FaultKind;
  readonly forMs: number;
  readonly pick: number;
}

const LONGEST_MS = {
  cut: 0,
  silence: 4_500,
  refuse: 4_500,
  freezeServer: 4_500,
  killServer: 1_500,
  swallowReply: 0,
  swallowNotifications: 2_000,
  deleteMember: 0,
  deleteSet: 0,
  killAnnouncer: 1_500,
} as const;

export type FaultKind = keyof typeof LONGEST_MS;
export const FAULT_KINDS = Object.keys(LONGEST_MS) as readonly FaultKind[];

const fault: fc.Arbitrary<Fault> = fc.noBias(
  fc
    .record({
      kind: fc.constantFrom(...FAULT_KINDS),
      part: fc.integer({ min: 1, max: 10 }),
      pick: fc.integer({ min: 0, max: 999 }),
    })
    .map(({ kind, part, pick }) => ({ kind, forMs: (LONGEST_MS[kind] * part) / 10, pick: pick / 1_000 })),
);

/** Faults apart, which are five seconds each. */
const DELETIONS_APART = 4;

/** The same seed gives the same faults, of which a longer run sees more. */
export function faultsOf(seed: number, count: number): readonly Fault[] {
  const faults: Fault[] = [];
  for (let index = 0; index < count; index++) {
    // A generator that went on from one to the next would do the same; this way none depends on the ones before it.
    const [one] = fc.sample(fault, { seed: (seed + index * 7_919) | 0, numRuns: 1 });
    if (one === undefined) throw new Error("a sample of one is empty");
    // Whose member is deleted again and again comes back later each time, as it should: here that would look like a loss.
    const tooSoon = isDeletion(one) && faults.slice(1 - DELETIONS_APART).some(isDeletion);
    faults.push(tooSoon ? { ...one, kind: "cut", forMs: 0 } : one);
  }
  return faults;
}

function isDeletion({ kind }: Fault): boolean {
  return kind === "deleteMember" || kind === "deleteSet";
}

export function pickFrom<T>(items: readonly T[], pick: number): T | undefined {
  return items[Math.floor(pick * items.length)];
}
