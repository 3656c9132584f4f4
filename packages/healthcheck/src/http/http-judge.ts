import type { StatusRange } from "@borealis/schema";
import { quote } from "../probes/probe-reason.ts";
import { matchesPattern, PATTERN_LIMIT_MS } from "./body-pattern.ts";
import type { BodyExpectation } from "./http-options.ts";
import { formatStatusRanges, includesStatus, SUCCESS } from "./status-ranges.ts";

/** Aurora's `ok`. */
export const DEFAULT_BODY: BodyExpectation = { kind: "equals", text: "ok" };

/** @returns what is wrong with it, in words. */
export function judgeStatus(statusCode: number, expected: readonly StatusRange[]): string | undefined {
  if (includesStatus(expected, statusCode)) return undefined;
  // Nobody has to be told that success is expected.
  if (expected === SUCCESS) return `HTTP ${statusCode}`;
  return `HTTP ${statusCode}, expected ${formatStatusRanges(expected)}`;
}

/** @returns what is wrong with it, in words. */
export function judgeBody(body: string, expected: BodyExpectation): string | undefined {
  switch (expected.kind) {
    case "equals":
      return folded(body) === folded(expected.text)
        ? undefined
        : `body is ${quote(body)}, expected "${expected.text}"`;
    case "contains":
      return folded(body).includes(folded(expected.text))
        ? undefined
        : `body is ${quote(body)}, which does not contain "${expected.text}"`;
    case "matches": {
      const matches = matchesPattern(expected.pattern, body);
      if (matches === true) return undefined;
      return matches === false
        ? `body is ${quote(body)}, which does not match ${expected.pattern}`
        : `matching the body with ${expected.pattern} took more than ${PATTERN_LIMIT_MS} ms`;
    }
  }
}

function folded(text: string): string {
  return text.trim().toLowerCase();
}
