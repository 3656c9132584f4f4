import { describe, expect, it } from "vitest";
import { type Job, jobSchema } from "../src/index.ts";
import { sampleJob } from "./sample.ts";

const job = jobSchema.parse(
  sampleJob({ job: { announce: {} }, task: { constraints: [{ order: ["hello"] }] } }),
);

/** Every attribute that the 2014 configuration reference gives a default, and that default. */
const DEFAULTS: readonly [
  object: string,
  of: (job: Job) => unknown,
  defaults: Readonly<Record<string, unknown>>,
][] = [
  [
    "Process",
    (job) => job.task.processes[0],
    { max_failures: 1, daemon: false, ephemeral: false, min_duration: 15, final: false },
  ],
  ["Task", (job) => job.task, { name: "hello", max_failures: 1, max_concurrency: 0, finalization_wait: 30 }],
  [
    "Job",
    (job) => job,
    {
      name: "hello",
      environment: "devel",
      instances: 1,
      cron_collision_policy: "KILL_EXISTING",
      service: false,
      max_task_failures: 1,
      priority: 0,
      production: false,
    },
  ],
  [
    "UpdateConfig",
    (job) => job.update_config,
    {
      batch_size: 1,
      restart_threshold: 60,
      watch_secs: 45,
      max_per_shard_failures: 0,
      max_total_failures: 0,
    },
  ],
  [
    "HealthCheckConfig",
    (job) => job.health_check_config,
    { initial_interval_secs: 15, interval_secs: 10, timeout_secs: 1, max_consecutive_failures: 0 },
  ],
  ["Announcer", (job) => job.announce, { primary_port: "http", portmap: { aurora: "http" } }],
];

describe("the defaults of the 2014 configuration reference", () => {
  it.each(DEFAULTS)("hold for %s", (_, of, defaults) => {
    expect(of(job)).toMatchObject(defaults);
  });

  it("leave out what has none", () => {
    const plain = jobSchema.parse(sampleJob());
    expect(plain).not.toHaveProperty("announce");
    expect(plain).not.toHaveProperty("cron_schedule");
    expect(plain).not.toHaveProperty("contact");
    expect([plain.constraints, plain.task.constraints]).toEqual([{}, []]);
  });

  it("name a job after its task, and a task after its first process", () => {
    expect(jobSchema.parse(sampleJob({ task: { name: "chores" } })).name).toBe("chores");
    expect(jobSchema.parse(sampleJob({ job: { name: "site" }, task: { name: "chores" } }))).toMatchObject({
      name: "site",
      task: { name: "chores" },
    });
  });

  it("are themselves accepted", () => {
    expect(jobSchema.parse(job)).toEqual(job);
  });
});
