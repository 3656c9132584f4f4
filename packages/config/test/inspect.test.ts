import { checkTask, formatPath } from "@borealis/schema";
import { expect, test } from "vitest";
import { type Inspection, type InspectOptions, inspectJob, inspectTask } from "../src/inspect.ts";
import { inspectPorts } from "../src/inspect-ports.ts";
import { groupProcesses } from "../src/inspect-processes.ts";
import { build } from "../src/template/build.ts";
import { structTypes } from "../src/template/builtin-types.ts";
import { loadedJob } from "./inspect-sample.ts";

const NOON = Date.UTC(2026, 0, 1, 12);

function inspect(sample: Parameters<typeof loadedJob>[0], options: Partial<InspectOptions> = {}): Inspection {
  const loaded = loadedJob(sample);
  expect(loaded.problems).toEqual([]);
  if (loaded.job === undefined) throw new Error("the sample has problems");
  const inspected = inspectJob(loaded, loaded.job, {
    ports: {},
    hostname: "host-1",
    serverSetRoot: "/aurora",
    nowMs: NOON,
    ...options,
  });
  if ("problem" in inspected) throw new Error(inspected.problem);
  return inspected;
}

function marked({ effective }: Inspection): Record<string, string> {
  return Object.fromEntries(
    effective.map(({ path, value, isDefault }) => [
      formatPath(path),
      `${JSON.stringify(value)}${isDefault ? " by default" : ""}`,
    ]),
  );
}

test("every value is told as written or as a default, also inside objects that were written", () => {
  const values = marked(
    inspect({
      job: {
        instances: 1,
        health_check_config: { interval_secs: 5 },
        announce: { portmap: { admin: "http" } },
        constraints: { host: "limit:1" },
        metadata: [{ key: "team", value: "x" }],
        update_config: {},
      },
      task: { processes: [{ name: "hello", cmdline: "echo {{role}}", daemon: false }] },
    }),
  );
  expect(values).toMatchObject({
    role: '"www-data"',
    instances: "1",
    environment: '"devel" by default',
    name: '"hello" by default',
    "task.name": '"hello" by default',
    "task.processes[0].cmdline": '"echo www-data"',
    "task.processes[0].daemon": "false",
    "task.processes[0].min_duration": "15 by default",
    "task.constraints": "[] by default",
    "health_check_config.interval_secs": "5",
    "health_check_config.timeout_secs": "1 by default",
    "announce.primary_port": '"http" by default',
    "announce.portmap.admin": '"http"',
    "constraints.host": '"limit:1"',
    "metadata[0].key": '"team"',
    "update_config.batch_size": "1 by default",
  });
  expect(values).not.toHaveProperty("contact");
});

test("a portmap that nobody gave is a default", () => {
  expect(marked(inspect({ job: { announce: {} } }))).toMatchObject({
    "announce.portmap.aurora": '"http" by default',
  });
});

const lateCommand = {
  job: { announce: {}, instances: 4 },
  task: {
    processes: [
      {
        name: "hello",
        cmdline: "run {{mesos.instance}} {{mesos.hostname}} {{thermos.task_id}} {{thermos.ports[http]}}",
      },
    ],
  },
};

test("without an instance late references stay", () => {
  const { task, lateReferences } = inspect(lateCommand);
  expect(task.processes[0]?.cmdline).toBe(
    "run {{mesos.instance}} {{mesos.hostname}} {{thermos.task_id}} {{thermos.ports[http]}}",
  );
  expect(lateReferences.map(({ value }) => value)).toEqual([null, null, null, null]);
});

test("with an instance and its ports they are what that instance would see", () => {
  const { task, values, lateReferences } = inspect(lateCommand, { instance: 3, ports: { http: 31_000 } });
  expect(task.processes[0]?.cmdline).toBe("run 3 host-1 <task id> 31000");
  expect(values).toMatchObject({ task: { processes: [{ cmdline: "run 3 host-1 <task id> 31000" }] } });
  expect(lateReferences).toEqual([
    { reference: "mesos.hostname", value: "host-1" },
    { reference: "mesos.instance", value: "3" },
    { reference: "thermos.ports[http]", value: "31000" },
    { reference: "thermos.task_id", value: "<task id>" },
  ]);
});

test("a port without a number stays as it is, and the others are filled in", () => {
  const { task } = inspect(lateCommand, { instance: 0 });
  expect(task.processes[0]?.cmdline).toBe("run 0 host-1 <task id> {{thermos.ports[http]}}");
});

test.for([
  [{ service: true }, "service"],
  [{ cron_schedule: "0 * * * *" }, "cron"],
  [{}, "ad hoc"],
] as const)("a job with %j is of the kind %s", ([job, kind]) => {
  expect(inspect({ job }).kind).toBe(kind);
});

test("a cron job tells when it runs next", () => {
  const { cron } = inspect({ job: { cron_schedule: "30 */6 * * *" } });
  expect(cron?.nextRunsMs.map((run) => new Date(run).toISOString())).toEqual([
    "2026-01-01T12:30:00.000Z",
    "2026-01-01T18:30:00.000Z",
    "2026-01-02T00:30:00.000Z",
  ]);
  expect(inspect({}).cron).toBeNull();
});

test("what is announced tells where, and nothing else does", () => {
  expect(inspect({ job: { announce: {} } }).serverSet).toBe("/aurora/www-data/devel/hello");
  expect(inspect({ job: { announce: {} } }, { serverSetRoot: "/x" }).serverSet).toBe(
    "/x/www-data/devel/hello",
  );
  expect(inspect({}).serverSet).toBeNull();
});

test("a task of a .thermos file is told without what only a job has", () => {
  const type = structTypes.get("Task");
  if (type === undefined) throw new Error("there is no type Task");
  const processes = [{ name: "a", cmdline: "run {{thermos.ports[http]}} {{mesos.instance}} {{other}}" }];
  const value = { processes, resources: { cpu: 1, ram: 1024 ** 2, disk: 1024 ** 2 }, max_failures: 2 };
  const checked = checkTask({ ...value, name: "a" });
  if (checked.task === undefined) throw new Error("the sample has problems");
  const lateReferences = ["mesos.instance", "thermos.ports[http]"];
  const loaded = {
    path: "tasks[0]",
    task: checked.task,
    problems: [],
    tree: build(type, value),
    lateReferences,
  };
  const options = { instance: 1, ports: { http: 80 }, hostname: "h", serverSetRoot: "/aurora", nowMs: NOON };
  const inspected = inspectTask(loaded, checked.task, options);
  expect(inspected).toMatchObject({
    key: "a",
    kind: "task",
    serverSet: null,
    cron: null,
    task: { processes: [{ cmdline: "run 80 1 {{other}}" }] },
    ports: [{ name: "http", port: 80 }],
    lateReferences: [
      { reference: "mesos.instance", value: "1" },
      { reference: "thermos.ports[http]", value: "80" },
    ],
  });
  expect(marked(inspected as Inspection)).toMatchObject({
    max_failures: "2",
    finalization_wait: "30 by default",
  });
});

test("the order is told for each process", () => {
  const processes = ["a", "b", "c"].map((name) => ({ name, cmdline: "true" }));
  const { order } = inspect({ task: { processes, constraints: [{ order: ["a", "b"] }] } });
  expect(order).toEqual([
    { process: "a", after: [] },
    { process: "b", after: ["a"] },
    { process: "c", after: [] },
  ]);
});

const referring = (...names: string[]) => names.map((name) => `{{thermos.ports[${name}]}}`).join(" ");

test.for([
  ["a port that a process refers to", {}, "http", {}, ["http:->? by hello"]],
  ["a port that was given", {}, "http", { http: 80 }, ["http:80>80 by hello"]],
  [
    "aliases, one after the other",
    { job: { announce: { portmap: { a: "b", b: "http" } } } },
    "a",
    { http: 80 },
    ["a:80>b>http>80 by hello", "b:80>http>80 by ", "http:80>80 by announce.primary_port"],
  ],
  [
    "an alias of what nobody gave",
    { job: { announce: { portmap: { a: "b" }, primary_port: "a" } } },
    "",
    {},
    ["a:->b by announce.primary_port", "b:->? by "],
  ],
  [
    "a number in the portmap",
    { job: { announce: { portmap: { http: 8080 } }, constraints: { dedicated: "www-data/x" } } },
    "http",
    {},
    ["http:8080>8080 by hello, announce.primary_port"],
  ],
  [
    "a given port wins over an alias",
    { job: { announce: { portmap: { http: "other" } } } },
    "",
    { http: 1 },
    ["http:1>1 by announce.primary_port", "other:->? by "],
  ],
  [
    "a port that is checked and told",
    {},
    "health",
    {},
    ["health:->? by hello, health_check_config, lifecycle.http.port"],
  ],
  [
    "ports of further checks, and of a command that checks",
    {
      job: {
        health_checks: [
          { name: "queue", port: "admin" },
          { name: "alive", health_checker: { shell: { shell_command: "ask {{thermos.ports[rpc]}}" } } },
        ],
      },
    },
    "",
    {},
    ["admin:->? by health_checks queue", "rpc:->? by health_checks alive"],
  ],
  ["no ports", {}, "", {}, []],
] as const)("ports: %s", ([, sample, port, given, expected]) => {
  const cmdline = port === "" ? "true" : referring(port);
  const { ports } = inspect(
    { ...sample, task: { processes: [{ name: "hello", cmdline }] } },
    { ports: given },
  );
  expect(
    ports.map(
      ({ name, port: number, leadsTo, referredToBy }) =>
        `${name}:${number ?? "-"}>${leadsTo.length === 0 ? "?" : leadsTo.join(">")} by ${referredToBy.join(", ")}`,
    ),
  ).toEqual(expected);
});

test("a circle of aliases is told", () => {
  const { job } = loadedJob();
  if (job === undefined) throw new Error("the sample has problems");
  const announce = { primary_port: "a", portmap: { a: "b", b: "a" } };
  expect(inspectPorts({ ...job, announce }, {})).toEqual({ problem: expect.stringContaining("cycle") });
});

test("processes that say the same are grouped, and what tells one apart keeps it apart", () => {
  const mappers = Array.from({ length: 180 }, (_, index) => ({
    name: `mapper${index}`,
    cmdline: `map --shard ${index}`,
    ...(index === 7 || index === 8 ? { max_failures: index } : {}),
  }));
  const groups = groupProcesses(
    inspect({ task: { name: "t", processes: [...mappers, { name: "r", cmdline: "r" }] } }),
  );
  expect(
    groups.map(({ first, last, count, defaults }) => [first.name, last.name, count, defaults.length]),
  ).toEqual([
    ["mapper0", "mapper179", 178, 5],
    ["mapper7", "mapper7", 1, 4],
    ["mapper8", "mapper8", 1, 4],
    ["r", "r", 1, 5],
  ]);
});

test("few processes are shown one by one", () => {
  const processes = ["a1", "a2", "a3"].map((name) => ({ name, cmdline: "true" }));
  expect(groupProcesses(inspect({ task: { processes } }))).toHaveLength(3);
});
