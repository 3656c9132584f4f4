import { expect, it } from "vitest";
import { auditPauseMs, pauseAfterExpiryMs } from "../src/pacing.ts";

it.each([
  [1, 0.99, 0],
  [10, 0.99, 0],
  [11, 0, 0],
  [11, 0.5, 1_000],
  [40, 1, 2_000],
  [60, 1, 3_000],
  [1_000, 0.5, 25_000],
])(
  "%i znodes of one session come back within their share: chance %d, %d ms",
  (registrations, chance, pauseMs) => {
    expect(pauseAfterExpiryMs(registrations, chance)).toBe(pauseMs);
  },
);

it("audits are 60 s apart, give or take a fifth", () => {
  expect([0, 0.5, 1].map((chance) => Math.round(auditPauseMs(chance)))).toEqual([48_000, 60_000, 72_000]);
});
