export interface Sample {
  readonly atMs: number;
  readonly value: number;
}

const MS_PER_HOUR = 3_600_000;

/** What the samples grow by in an hour, by least squares over their last two thirds: the first is warming up. */
export function slopePerHour(samples: readonly Sample[]): number {
  const settled = samples.slice(Math.floor(samples.length / 3));
  if (settled.length < 2) return 0;
  const meanAt = mean(settled.map(({ atMs }) => atMs));
  const meanValue = mean(settled.map(({ value }) => value));
  let above = 0;
  let below = 0;
  for (const { atMs, value } of settled) {
    above += (atMs - meanAt) * (value - meanValue);
    below += (atMs - meanAt) ** 2;
  }
  return below === 0 ? 0 : (above / below) * MS_PER_HOUR;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
