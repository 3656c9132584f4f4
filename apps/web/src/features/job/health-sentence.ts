import type { HealthCheckConfig } from "@borealis/schema";

/** "every 10 s, 1 s limit, first check after 15 s, fails at the 1st miss in a row" */
export function healthSentence(config: HealthCheckConfig): string {
  const { interval_secs, max_consecutive_failures, on_unhealthy, timeout_secs } = config;
  const miss = max_consecutive_failures + 1;
  return [
    `every ${interval_secs} s`,
    `${timeout_secs} s limit`,
    beginning(config),
    `fails at the ${ordinal(miss)} miss in a row`,
    ...(on_unhealthy === "withdraw" ? ["which only withdraws it"] : []),
  ].join(", ");
}

function beginning({ initial_interval_secs, interval_secs, policy }: HealthCheckConfig): string {
  if (initial_interval_secs === 0) return "first check at once";
  if (policy !== "grace") return `first check after ${initial_interval_secs} s`;
  const forgiven = Math.ceil(initial_interval_secs / interval_secs);
  return `first check at once and the first ${forgiven} may fail`;
}

const RULES = new Intl.PluralRules("en", { type: "ordinal" });
const SUFFIXES: Readonly<Record<string, string>> = { one: "st", two: "nd", few: "rd", other: "th" };

function ordinal(number: number): string {
  return `${number}${SUFFIXES[RULES.select(number)]}`;
}
