import { HEALTH_STATES, TASK_STATES } from "@borealis/schema";
import { expect, test } from "vitest";
import { type AnnounceFacts, mayAnnounce } from "../src/core/announce-policy.ts";

const WELL: AnnounceFacts = {
  taskState: "ACTIVE",
  health: "healthy",
  claimed: true,
  stopping: false,
  immediately: false,
};

test.for([
  ["healthy", true],
  ["disabled", true],
  ["grace", false],
  ["failing", false],
] as const)("an active instance whose health is %s is announced: %s", ([health, announced]) => {
  expect(mayAnnounce({ ...WELL, health })).toBe(announced);
});

test("with --announce=immediately the first check is not waited for, but failing is failing", () => {
  expect(mayAnnounce({ ...WELL, health: "grace", immediately: true })).toBe(true);
  expect(mayAnnounce({ ...WELL, health: "failing", immediately: true })).toBe(false);
});

test("whatever its health, only an active, claimed instance that is not being stopped is announced", () => {
  for (const health of HEALTH_STATES) {
    for (const immediately of [true, false]) {
      const facts = { ...WELL, health, immediately };
      expect(mayAnnounce({ ...facts, stopping: true })).toBe(false);
      expect(mayAnnounce({ ...facts, claimed: false })).toBe(false);
      for (const taskState of TASK_STATES) {
        if (taskState !== "ACTIVE") expect(mayAnnounce({ ...facts, taskState })).toBe(false);
      }
    }
  }
});
