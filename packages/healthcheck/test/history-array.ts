import type { Clock } from "@borealis/clock";
import type { History, Page, RecordedResult, Transition } from "../src/history/history.ts";
import type { HistoryLimits } from "../src/history/history-memory.ts";

/** What a history should be, without a care for size. */
export function arrayHistory(clock: Clock, limits: Omit<HistoryLimits, "bytes">): History {
  const results = new Map<string, RecordedResult[]>();
  const transitions = new Map<string, Transition[]>();
  const since = () => clock.wallTime() - limits.ageMs;
  const of = <Kept>(kept: Map<string, Kept[]>, check: string) => kept.get(check) ?? [];
  const latest = (check: string) =>
    Math.max(of(results, check).at(-1)?.at ?? -1, of(transitions, check).at(-1)?.at ?? -1);
  const page = <Kept extends { at: number }>(kept: readonly Kept[], { limit, before }: Page) =>
    kept.filter(({ at }) => before === undefined || at < before).slice(0, limit);

  /** One that comes again after so long a silence is another. */
  const begin = (check: string, at: number) => {
    if (latest(check) >= at - limits.ageMs) return;
    results.delete(check);
    transitions.delete(check);
  };

  return {
    result(check, result) {
      begin(check, result.at);
      results.set(check, [...of(results, check), result]);
    },
    transition(check, transition) {
      begin(check, transition.at);
      transitions.set(check, [...of(transitions, check), transition]);
    },
    results(check, asked) {
      const newest = of(results, check).slice(-limits.results).toReversed();
      return page(
        newest.filter(({ at }) => at >= since()),
        asked,
      );
    },
    transitions(check, asked) {
      if (latest(check) < since()) return [];
      const newest = of(transitions, check).slice(-limits.transitions).toReversed();
      return page(
        newest.filter(({ at }, index) => index === 0 || at >= since()),
        asked,
      );
    },
    checks: () =>
      [...new Set([...results.keys(), ...transitions.keys()])].filter((check) => latest(check) >= since()),
    close() {},
  };
}
