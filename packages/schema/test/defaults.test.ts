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

/** What the reference of 2014 does not have, with the defaults of Aurora's last release. */
const LATER: readonly (readonly [string, (job: Job) => unknown, Readonly<Record<string, unknown>>])[] = [
  [
    "Job",
    (job) => job,
    {
      metadata: [],
      enable_hooks: false,
      executor_config: { name: "AuroraExecutor", data: "" },
      partition_policy: { reschedule: true, delay_secs: 0 },
    },
  ],
  ["Resources", (job) => job.task.resources, { gpu: 0 }],
  [
    "UpdateConfig",
    (job) => job.update_config,
    {
      rollback_on_failure: true,
      wait_for_batch_completion: false,
      sla_aware: false,
      update_strategy: { batch_size: 1, autopause_after_batch: true },
    },
  ],
  [
    "HealthCheckConfig",
    (job) => job.health_check_config,
    {
      min_consecutive_successes: 1,
      health_checker: {
        http: { endpoint: "/health", expected_response: "ok", expected_response_code: 0 },
      },
    },
  ],
  [
    "HttpLifecycleConfig",
    (job) => job.lifecycle.http,
    {
      port: "health",
      graceful_shutdown_endpoint: "/quitquitquit",
      shutdown_endpoint: "/abortabortabort",
      graceful_shutdown_wait_secs: 5,
      shutdown_wait_secs: 5,
    },
  ],
  [
    "Logger",
    (job) => job.task.processes[0]?.logger,
    { destination: "file", mode: "standard", rotate: { log_size: 100 * 1024 ** 2, backups: 5 } },
  ],
  ["Docker", (job) => job.container, { image: "debian", parameters: [] }],
  ["CoordinatorSlaPolicy", (job) => job.sla_policy, { coordinator_url: "http://c", status_key: "drain" }],
];

describe("the defaults of Aurora's last release", () => {
  const later = jobSchema.parse(
    sampleJob({
      job: {
        partition_policy: {},
        update_config: { update_strategy: { autopause_after_batch: true } },
        container: { image: "debian" },
        sla_policy: { coordinator_url: "http://c" },
      },
      task: { processes: [{ name: "hello", cmdline: "true", logger: { rotate: {} } }] },
    }),
  );

  it.each(LATER)("hold for what the 2014 reference does not have: %s", (_, of, defaults) => {
    expect(of(later)).toMatchObject(defaults);
  });
});
