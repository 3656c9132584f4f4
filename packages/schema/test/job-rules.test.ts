import { describe, expect, it } from "vitest";
import { jobSchema } from "../src/index.ts";
import { sampleJob } from "./sample.ts";

type Overlay = NonNullable<Parameters<typeof sampleJob>[0]>;

const MEGABYTE = 1024 ** 2;
const resources = (fields: object): Overlay => ({
  task: { resources: { cpu: 1, ram: MEGABYTE, disk: MEGABYTE, ...fields } },
});

const accepted: [string, Overlay][] = [
  ["a tenth of a core", resources({ cpu: 0.1 })],
  ["ram of 2 MB - 1", resources({ ram: 2 * MEGABYTE - 1 })],
  ["health check times with fractions", { job: { health_check_config: { interval_secs: 0.5 } } }],
  ["a first check at once", { job: { health_check_config: { initial_interval_secs: 0 } } }],
  ["no limit of task failures", { job: { max_task_failures: -1 } }],
  [
    "a total of 1 failure among 2 instances",
    { job: { instances: 2, update_config: { max_total_failures: 1 } } },
  ],
  ["a cron job", { job: { cron_schedule: "*/5 * * * *" } }],
  ["static ports on dedicated hosts", dedicated({ http: 80, aurora: "http" })],
  ["a static port written as text", dedicated({ http: " 80 " })],
  ["a primary port that nobody has", { job: { announce: { primary_port: "custom" } } }],
  ["a portmap of nothing", { job: { announce: { portmap: {} } } }],
];

const rejected: [string, Overlay, path: string, message: string | RegExp][] = [
  ["no resources", { task: { resources: undefined } }, "task.resources", /./],
  ["no cores", resources({ cpu: 0 }), "task.resources.cpu", "must be more than 0"],
  ["less than no cores", resources({ cpu: -1 }), "task.resources.cpu", "must be more than 0"],
  ["ram of 1 MB - 1", resources({ ram: MEGABYTE - 1 }), "task.resources.ram", /at least 1 MB/],
  ["no disk", resources({ disk: 0 }), "task.resources.disk", /at least 1 MB/],
  [
    "half a byte",
    resources({ disk: MEGABYTE + 0.5 }),
    "task.resources.disk",
    "must be a whole number of bytes",
  ],
  ["no role", { job: { role: undefined } }, "role", "must be text"],
  ["no cluster", { job: { cluster: undefined } }, "cluster", "must be text"],
  ["no instances", { job: { instances: 0 } }, "instances", "must be at least 1"],
  ["a text for a number", { job: { instances: "3" } }, "instances", "must be a whole number"],
  [
    "a cron job that is a service",
    { job: { service: true, cron_schedule: "0 0 * * *" } },
    "cron_schedule",
    /non-service/,
  ],
  [
    "an unknown cron policy",
    { job: { cron_collision_policy: "cancel_new" } },
    "cron_collision_policy",
    /CANCEL_NEW/,
  ],
  [
    "as many total failures as instances",
    { job: { update_config: { max_total_failures: 1 } } },
    "update_config.max_total_failures",
    "must be less than the job's instances (1)",
  ],
  [
    "a negative watch",
    { job: { update_config: { watch_secs: -1 } } },
    "update_config.watch_secs",
    "must not be negative",
  ],
  [
    "no time between checks",
    { job: { health_check_config: { interval_secs: 0 } } },
    "health_check_config.interval_secs",
    /./,
  ],
  [
    "a static port on any host",
    { job: { announce: { portmap: { http: 80 } } } },
    "announce.portmap.http",
    /dedicated/,
  ],
  [
    "a static port in blanks",
    { job: { announce: { portmap: { http: " 80 " } } } },
    "announce.portmap.http",
    /dedicated/,
  ],
  ["static port 65536", dedicated({ http: 65_536 }), "announce.portmap.http", /0 to 65535/],
  ["static port 65536 as text", dedicated({ http: "65536" }), "announce.portmap.http", /0 to 65535/],
  ["static port -1 as text", dedicated({ http: "-1" }), "announce.portmap.http", /0 to 65535/],
  ["static port 8.5", dedicated({ http: 8.5 }), "announce.portmap.http", /0 to 65535/],
  ["an attribute nobody knows", { job: { enviroment: "prod" } }, "", /enviroment/],
  ["a job name with an instance in it", { job: { name: "j{{mesos.instance}}" } }, "name", /may hold only/],
  ["a task whose name no job can have", { task: { name: "a b" } }, "name", /give the job a name/],
];

function dedicated(portmap: object): Overlay {
  return { job: { constraints: { dedicated: "www-data/*" }, announce: { portmap } } };
}

describe("a job", () => {
  it.each(accepted)("may have %s", (_, overlay) => {
    expect(jobSchema.safeParse(sampleJob(overlay)).error?.issues).toBeUndefined();
  });

  it.each(rejected)("may not have %s", (_, overlay, path, message) => {
    const issues = jobSchema.safeParse(sampleJob(overlay)).error?.issues.map((issue) => ({
      path: issue.path.join("."),
      message: issue.message,
    }));
    const expected = typeof message === "string" ? message : expect.stringMatching(message);
    expect(issues).toEqual([{ path, message: expected }]);
  });
});
