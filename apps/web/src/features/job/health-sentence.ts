import type { HealthCheckConfig } from "@borealis/schema";

/** "every 10 s, 1 s limit, first check after 15 s, fails at the 1st miss in a row" */
export function healthSentence(config: HealthCheckConfig): string {
  const { initial_interval_secs, interval_secs, max_consecutive_failures, timeout_secs } = config;
  const miss = max_consecutive_failures + 1;
  return [
    `every ${interval_secs} s`,
    `${timeout_secs} s limit`,
    initial_interval_secs === 0 ? "first check at once" : `first check after ${initial_interval_secs} s`,
    `fails at the ${ordinal(miss)} miss in a row`,
  ].join(", ");
}

const RULES = new Intl.PluralRules("en", { type: "ordinal" });
const SUFFIXES: Readonly<Record<string, string>> = { one: "st", two: "nd", few: "rd", other: "th" };

function ordinal(number: number): string {
  return `${number}${SUFFIXES[RULES.select(number)]}`;
}
