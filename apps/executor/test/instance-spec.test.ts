import { checkJob, type Job } from "@borealis/schema";
import { expect, test } from "vitest";
import { newTaskId, specOfJob } from "../src/instance-spec.ts";

function job(overrides: Record<string, unknown> = {}): Job {
  const { job, issues } = checkJob({
    cluster: "c",
    role: "www-data",
    environment: "prod",
    name: "hello",
    instances: 2,
    announce: {},
    task: {
      processes: [
        { name: "web", cmdline: "serve {{thermos.ports[http]}} as {{mesos.instance}} on {{mesos.hostname}}" },
      ],
      resources: { cpu: 1, ram: 1048576, disk: 1048576 },
    },
    ...overrides,
  });
  if (job === undefined) throw new Error(`the test's own job is wrong: ${JSON.stringify(issues)}`);
  return job;
}

const BASE = {
  instance: 1,
  given: { http: 8080 },
  host: "host-a",
  taskId: "t",
  sidecar: false,
  allowCustomServerSetPath: false,
  newId: () => "next",
};

test("command lines are bound to the instance, its host and its ports", () => {
  expect(specOfJob(job(), BASE).run?.task.processes[0]?.cmdline).toBe("serve 8080 as 1 on host-a");
});

test("aliases are resolved, so that health is checked on the port it stands for", () => {
  const { ports } = specOfJob(job({ announce: { portmap: { health: "http" } } }), BASE);
  expect(ports).toEqual({ http: 8080, health: 8080 });
});

test("a sidecar runs nothing, and needs no port of the processes it does not run", () => {
  expect(specOfJob(job(), { ...BASE, sidecar: true }).run).toBeUndefined();
});

test.for([
  ["an instance number that the job does not have", job(), { ...BASE, instance: 2 }, "BAD_CONFIG", "0 to 1"],
  [
    "a port that a process needs",
    job({ announce: undefined }),
    { ...BASE, given: {} },
    "UNBOUND_PORT",
    "-P http:<port>",
  ],
  ["a primary port without a number", job(), { ...BASE, given: {} }, "UNBOUND_PORT", '"http"'],
  [
    "a primary port that only looks as if it had one",
    job({ announce: { primary_port: "constructor", portmap: {} } }),
    BASE,
    "UNBOUND_PORT",
    '"constructor"',
  ],
  [
    "a mistyped alias, which would turn checks off",
    job({ announce: { portmap: { health: "htp" } } }),
    BASE,
    "UNBOUND_PORT",
    'the portmap\'s "health" stands for "htp", which has no number (given: http)',
  ],
  [
    "a reference that nobody can fill in",
    job({
      task: {
        processes: [{ name: "x", cmdline: "{{profile.x}}" }],
        resources: { cpu: 1, ram: 1048576, disk: 1048576 },
      },
    }),
    BASE,
    "UNBOUND_REFERENCE",
    "{{profile.x}}",
  ],
] as const)("%s is refused and named", ([, config, options, code, words]) => {
  expect(() => specOfJob(config, options)).toThrow(
    expect.objectContaining({ code, message: expect.stringContaining(words) }),
  );
});

test("a task id is a file name, whatever the names in the job key", () => {
  expect(newTaskId({ role: "a.b", environment: "prod", name: "x_y", instance: 3 }, "uuid")).toBe(
    "a-b-prod-x_y-3-uuid",
  );
});

test.for([
  [
    "a path of its own to be announced at",
    { announce: { zk_path: "/elsewhere" } },
    /--announcer-allow-custom-serverset-path/,
  ],
  ["a container", { container: { image: "debian" } }, /asks for a container/],
] as const)("%s is refused rather than left out", ([, overrides, message]) => {
  expect(() => specOfJob(job(overrides), BASE)).toThrow(message);
});

test("a path of its own is filled in and taken where the executor allows it", () => {
  const allowed = { ...BASE, allowCustomServerSetPath: true };
  const at = (zk_path: string) => specOfJob(job({ announce: { zk_path } }), allowed).announce?.zk_path;
  expect(at("/elsewhere/{{mesos.instance}}/")).toBe("/elsewhere/1");
  for (const wrong of ["elsewhere", "/a//b", "/a/../b", "/borealis/jobs"]) {
    expect(() => at(wrong)).toThrow(expect.objectContaining({ code: "BAD_CONFIG" }));
  }
  expect(() => at("/{{profile.x}}")).toThrow(expect.objectContaining({ code: "UNBOUND_REFERENCE" }));
});

test("what runs in a container by other means can be announced", () => {
  expect(specOfJob(job({ container: { image: "debian" } }), { ...BASE, sidecar: true }).run).toBeUndefined();
});

test("what only the host knows is filled in wherever the job refers to it", () => {
  const spec = specOfJob(
    job({
      announce: { primary_port: "http", portmap: { "shard-{{mesos.instance}}": "http" } },
      health_check_config: {
        health_checker: { http: { endpoint: "/{{mesos.instance}}/{{thermos.ports[http]}}" } },
      },
      task: {
        processes: [
          { name: "a-{{mesos.instance}}", cmdline: "true" },
          { name: "b", cmdline: "true" },
        ],
        constraints: [{ order: ["a-{{mesos.instance}}", "b"] }],
        resources: { cpu: 1, ram: 1048576, disk: 1048576 },
      },
    }),
    BASE,
  );
  expect(spec.ports).toEqual({ http: 8080, "shard-1": 8080 });
  expect(spec.healthCheck.health_checker?.http?.endpoint).toBe("/1/8080");
  expect(spec.run?.task.constraints).toEqual([{ order: ["a-1", "b"] }]);
  expect(spec.run?.task.processes.map(({ name }) => name)).toEqual(["a-1", "b"]);
  expect(spec.job?.task.processes[0]?.name).toBe("a-{{mesos.instance}}");
});
