import { describe, expect, it } from "vitest";
import { checkJob, checkTask } from "../src/index.ts";
import { issuesOf, processes, sampleJob } from "./sample.ts";

type Overlay = NonNullable<Parameters<typeof sampleJob>[0]>;

const MEGABYTE = 1024 ** 2;
const resources = (fields: object): Overlay => ({
  task: { resources: { cpu: 1, ram: MEGABYTE, disk: MEGABYTE, ...fields } },
});
const dedicatedTo = (dedicated: string, more: object = {}): Overlay => ({
  job: { constraints: { dedicated }, ...more },
});
const dedicated = (portmap: object) => dedicatedTo("www-data/*", { announce: { portmap } });
const total = (max_total_failures: number, instances: number) => ({
  instances,
  update_config: { max_total_failures },
});

const accepted: [string, Overlay][] = [
  ["a tenth of a core", resources({ cpu: 0.1 })],
  ["ram of 2 MB - 1", resources({ ram: 2 * MEGABYTE - 1 })],
  ["health check times with fractions", { job: { health_check_config: { interval_secs: 0.5 } } }],
  ["a first check at once", { job: { health_check_config: { initial_interval_secs: 0 } } }],
  ["no limit of task failures", { job: { max_task_failures: -1 } }],
  ["a total of 1 failure among 2 instances", { job: total(1, 2) }],
  ["2 % of failures where it is dedicated", dedicatedTo("www-data/web", total(2, 100))],
  ["no failures where it is dedicated, and small", dedicatedTo("www-data/web", total(0, 49))],
  ["hosts that any role may use", dedicatedTo("*/web")],
  ["hosts of its role", dedicatedTo("www-data")],
  ["a limit to a host", { job: { constraints: { host: "limit:2", rack: "limit: 1 " } } }],
  ["values that it wants, and does not", { job: { constraints: { zone: "a,b", kernel: "!c, d", x: "" } } }],
  ["a cron job", { job: { cron_schedule: "*/5 * * * *" } }],
  ["a cron policy in lower case", { job: { cron_collision_policy: "cancel_new" } }],
  ["static ports on dedicated hosts", dedicated({ http: 80, aurora: "http" })],
  ["a static port written as text", dedicated({ http: " 80 " })],
  ["a primary port that nobody has", { job: { announce: { primary_port: "custom" } } }],
  ["a portmap of nothing", { job: { announce: { portmap: {} } } }],
];

const rejected: [string, Overlay, rule: string, path: string, message: string | RegExp][] = [
  ["no resources", { task: { resources: undefined } }, "required", "task.resources", "is required"],
  ["no cores", resources({ cpu: 0 }), "value", "task.resources.cpu", "must be more than 0"],
  ["less than no cores", resources({ cpu: -1 }), "value", "task.resources.cpu", "must be more than 0"],
  ["ram of 1 MB - 1", resources({ ram: MEGABYTE - 1 }), "value", "task.resources.ram", /at least 1 MB/],
  ["no disk", resources({ disk: 0 }), "value", "task.resources.disk", /at least 1 MB/],
  [
    "half a byte",
    resources({ disk: MEGABYTE + 0.5 }),
    "type",
    "task.resources.disk",
    /whole number of bytes/,
  ],
  ["no role", { job: { role: undefined } }, "required", "role", "is required"],
  ["no cluster", { job: { cluster: undefined } }, "required", "cluster", "is required"],
  ["a role of blanks", { job: { role: "a b" } }, "name", "role", /may hold only/],
  [
    "no processes",
    { task: { processes: [] }, job: { name: "a" } },
    "value",
    "task.processes",
    /hold a process/,
  ],
  [
    "two processes of one name",
    { task: { processes: [...processes({ a: {} }), ...processes({ a: {} })] } },
    "duplicate",
    "task.processes.1.name",
    /^repeats the name of processes\[0\]/,
  ],
  ["no instances", { job: { instances: 0 } }, "value", "instances", "must be at least 1"],
  ["a text for a number", { job: { instances: "3" } }, "type", "instances", "must be a whole number"],
  [
    "a cron job that is a service",
    { job: { service: true, cron_schedule: "0 0 * * *" } },
    "cron",
    "cron_schedule",
    /non-service/,
  ],
  [
    "a schedule that nobody can read",
    { job: { cron_schedule: "@daily" } },
    "cron",
    "cron_schedule",
    /five fields/,
  ],
  [
    "an unknown cron policy",
    { job: { cron_collision_policy: "CANCEL" } },
    "cron",
    "cron_collision_policy",
    "must be KILL_EXISTING or CANCEL_NEW",
  ],
  [
    "the cron policy that Aurora's scheduler refuses",
    { job: { cron_collision_policy: "run_overlap" } },
    "cron",
    "cron_collision_policy",
    /Aurora removed it/,
  ],
  [
    "as many total failures as instances",
    { job: total(1, 1) },
    "update",
    "update_config.max_total_failures",
    "must be less than the job's instances (1)",
  ],
  [
    "fewer total failures than 2 % where it is dedicated",
    dedicatedTo("www-data/web", total(1, 100)),
    "update",
    "update_config.max_total_failures",
    /^must be at least 2, 2 %/,
  ],
  [
    "a negative watch",
    { job: { update_config: { watch_secs: -1 } } },
    "value",
    "update_config.watch_secs",
    "must not be negative",
  ],
  [
    "no time between checks",
    { job: { health_check_config: { interval_secs: 0 } } },
    "value",
    "health_check_config.interval_secs",
    "must be at least 0.01",
  ],
  [
    "another role's hosts",
    dedicatedTo("ads/web"),
    "value",
    "constraints.dedicated",
    /^Only ads may use hosts/,
  ],
  [
    "two kinds of hosts",
    dedicatedTo("www-data/a,www-data/b"),
    "value",
    "constraints.dedicated",
    /single value/,
  ],
  ["any but some hosts", dedicatedTo("!www-data/web"), "value", "constraints.dedicated", /single value/],
  ["so many on dedicated hosts", dedicatedTo("limit:1"), "value", "constraints.dedicated", /single value/],
  [
    "a limit that is no number",
    { job: { constraints: { host: "limit:x" } } },
    "value",
    "constraints.host",
    /limit:2/,
  ],
  [
    "a static port on any host",
    { job: { announce: { portmap: { http: 80 } } } },
    "ports",
    "announce.portmap.http",
    /dedicated/,
  ],
  [
    "a static port in blanks",
    { job: { announce: { portmap: { http: " 80 " } } } },
    "ports",
    "announce.portmap.http",
    /dedicated/,
  ],
  ["static port 65536", dedicated({ http: 65_536 }), "ports", "announce.portmap.http", /0 to 65535/],
  ["static port 65536 as text", dedicated({ http: "65536" }), "ports", "announce.portmap.http", /0 to 65535/],
  ["static port -1 as text", dedicated({ http: "-1" }), "ports", "announce.portmap.http", /0 to 65535/],
  ["static port 8.5", dedicated({ http: 8.5 }), "ports", "announce.portmap.http", /0 to 65535/],
  [
    "port names that stand for each other",
    { job: { announce: { portmap: { a: "b", b: "a" } } } },
    "ports",
    "announce.portmap",
    "Found cycle in portmap! a -> b -> a",
  ],
  [
    "a primary port that is its own alias",
    { job: { announce: { primary_port: "aurora" } } },
    "ports",
    "announce.portmap",
    /cycle/,
  ],
  [
    "an attribute nobody knows",
    { job: { enviroment: "prod" } },
    "unknown-attribute",
    "enviroment",
    "is not a known attribute",
  ],
  [
    "a job name with an instance in it",
    { job: { name: "j{{mesos.instance}}" } },
    "name",
    "name",
    /may hold only/,
  ],
  ["a task whose name no job can have", { task: { name: "a b" } }, "name", "name", /give the job a name/],
  [
    "a process whose name no job can have",
    { task: { processes: processes({ "a b": {} }) } },
    "name",
    "name",
    /give the job a name/,
  ],
];

describe("a job", () => {
  it.each(accepted)("may have %s", (_, overlay) => {
    expect(issuesOf(sampleJob(overlay))).toEqual([]);
  });

  it.each(rejected)("may not have %s", (_, overlay, rule, path, message) => {
    const expected = typeof message === "string" ? message : expect.stringMatching(message);
    expect(issuesOf(sampleJob(overlay))).toEqual([
      expect.objectContaining({ rule, path, message: expected }),
    ]);
  });

  it("keeps its cron policy in capitals", () => {
    const { job } = checkJob(sampleJob({ job: { cron_collision_policy: "cancel_new" } }));
    expect(job?.cron_collision_policy).toBe("CANCEL_NEW");
  });

  it("with several things wrong hears of all of them", () => {
    const job = sampleJob({
      job: { role: undefined, colour: "blue", service: true, cron_schedule: "0 0 * * *", ...total(2, 2) },
      task: { processes: processes({ a: { max_failures: "x" } }), constraints: [{ order: ["a", "b"] }] },
    });
    expect(issuesOf(job).map(({ path }) => path)).toEqual(
      expect.arrayContaining([
        "role",
        "colour",
        "cron_schedule",
        "update_config.max_total_failures",
        "task.processes.0.max_failures",
        "task.constraints.0.order.1",
      ]),
    );
  });
});

describe("a task by itself", () => {
  it("gets its defaults", () => {
    expect(checkTask(sampleJob()["task"]).task).toMatchObject({ name: "hello", finalization_wait: 30 });
  });

  it("needs no resources, as Thermos needs none", () => {
    const { resources: _, ...task } = sampleJob()["task"] as Record<string, unknown>;
    expect(checkTask(task).issues).toBeUndefined();
  });

  it("is held to the rules of tasks", () => {
    const task = { ...(sampleJob()["task"] as object), constraints: [{ order: ["hello", "helo"] }], cpu: 1 };
    expect(checkTask(task).issues).toEqual([
      expect.objectContaining({ rule: "unknown-attribute", path: ["cpu"] }),
      expect.objectContaining({ rule: "plan", path: ["constraints", 0, "order", 1], suggestion: "hello" }),
    ]);
  });
});
