import { InvalidArgumentError } from "commander";

const SECONDS_OF: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3_600, d: 86_400 };

/** `90s`, `30m`, `2h`, `1d`: in seconds. */
export function duration(text: string): number {
  const [, digits, unit = ""] = /^(\d+)([smhd])$/.exec(text) ?? [];
  const seconds = Number(digits) * (SECONDS_OF[unit] ?? Number.NaN);
  // A number alone could be minutes as well as seconds, so it is not guessed.
  if (!(seconds > 0)) {
    throw new InvalidArgumentError(
      "Write a number above 0 with s, m, h or d behind it, as in 90s, 30m, 2h or 1d.",
    );
  }
  return seconds;
}
