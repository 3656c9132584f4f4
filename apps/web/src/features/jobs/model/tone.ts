/** What a person on call should make of one instance. Shape and word go with the colour everywhere. Worst first. */
export const TONES = ["bad", "throttled", "attention", "unknown", "moving", "ended", "good"] as const;
export type Tone = (typeof TONES)[number];

export const TONE_WORDS: Readonly<Record<Tone, string>> = {
  bad: "failing",
  throttled: "throttled",
  attention: "needs a look",
  unknown: "no report",
  moving: "on its way",
  ended: "ended",
  good: "good",
};

/** One letter for each instance keeps a row of fifty squares small on the wire. */
export function toneLetter(tone: Tone): string {
  return tone.charAt(0);
}

const BY_LETTER: ReadonlyMap<string, Tone> = new Map(TONES.map((tone) => [toneLetter(tone), tone]));

export function toneOfLetter(letter: string): Tone {
  return BY_LETTER.get(letter) ?? "unknown";
}

export type Tally = Readonly<Record<Tone, number>>;

export function tallyOf(tones: Iterable<Tone>): Tally {
  const tally = { bad: 0, throttled: 0, attention: 0, unknown: 0, moving: 0, ended: 0, good: 0 };
  for (const tone of tones) tally[tone] += 1;
  return tally;
}
