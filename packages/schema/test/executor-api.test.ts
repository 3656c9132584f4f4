import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  ANNOUNCE_STATES,
  executorEventSchema,
  executorRecordSchema,
  HEALTH_STATES,
  instanceRecordSchema,
  isTerminal,
  jobRecordSchema,
  jobSchema,
  PROCESS_STATES,
  TASK_STATES,
} from "../src/index.ts";
import { sampleJob } from "./sample.ts";

const at = 1_700_000_000_000;
const instance = {
  role: "www-data",
  environment: "prod",
  job: "hello",
  instance: 3,
  taskId: "t-3",
  mode: "run",
  host: "host1",
  ports: { http: 31_001 },
  taskState: "ACTIVE",
  health: { state: "failing", since: at, consecutiveFailures: 2, reason: "HTTP 503", checkedAt: at },
  announced: { state: "announced", since: at, member: "member_0000000003" },
  processes: [{ name: "hello", state: "FAILED", run: 1, exitCode: 3 }],
  executorUrl: "http://host1:8091",
  startedAt: at,
  updatedAt: at,
};

describe("the records of an executor", () => {
  it.each([
    ["instance", instanceRecordSchema, instance],
    [
      "executor",
      executorRecordSchema,
      { id: "host1", host: "host1", url: "http://[::1]:8091", version: "0.1.0", pid: 7, startedAt: at },
    ],
    ["job", jobRecordSchema, { hash: "00ff", instances: 2, config: jobSchema.parse(sampleJob()) }],
    ["job of a sidecar", jobRecordSchema, { hash: "", instances: 0, config: null }],
    [
      "event",
      executorEventSchema,
      { at, kind: "health", text: "healthy again", instance: "www-data/prod/hello/3" },
    ],
  ])("are read as they are printed: %s", (_, schema, record) => {
    expect(schema.parse(JSON.parse(JSON.stringify(record)))).toEqual(record);
  });

  it("take every state and no other", () => {
    const states = fc.record({
      taskState: fc.constantFrom(...TASK_STATES),
      health: fc.record({
        state: fc.constantFrom(...HEALTH_STATES),
        since: fc.nat(),
        consecutiveFailures: fc.nat(),
      }),
      announced: fc.record({ state: fc.constantFrom(...ANNOUNCE_STATES), since: fc.nat() }),
      processes: fc.array(
        fc.record({ name: fc.string(), state: fc.constantFrom(...PROCESS_STATES), run: fc.nat() }),
      ),
    });
    fc.assert(
      fc.property(states, (overlay) => {
        expect(instanceRecordSchema.parse({ ...instance, ...overlay })).toEqual({ ...instance, ...overlay });
      }),
    );
    expect(instanceRecordSchema.safeParse({ ...instance, taskState: "RUNNING" }).success).toBe(false);
    expect(instanceRecordSchema.safeParse({ ...instance, ports: { http: 65_536 } }).success).toBe(false);
  });

  it("drop what a newer executor adds", () => {
    expect(instanceRecordSchema.parse({ ...instance, colour: "blue" })).toEqual(instance);
  });

  it("know which states end a task", () => {
    expect(TASK_STATES.filter(isTerminal)).toEqual(["SUCCESS", "FAILED", "KILLED", "LOST"]);
  });
});
