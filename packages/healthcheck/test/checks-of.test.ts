import { execFileSync } from "node:child_process";
import { symlinkSync, writeFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock } from "@borealis/clock";
import { healthCheckConfigSchema, healthChecksSchema } from "@borealis/schema";
import { expect, onTestFinished, test } from "vitest";
import { checksOf, isChecked } from "../src/checks-of.ts";
import { httpQuestion } from "../src/http-question.ts";

function specs({
  config = {},
  checks = [],
  ports = { health: 31000 },
  canFailTask = true,
}: {
  config?: object;
  checks?: readonly object[];
  ports?: Record<string, number>;
  canFailTask?: boolean;
}) {
  const options = {
    healthCheck: healthCheckConfigSchema.parse(config),
    healthChecks: healthChecksSchema.parse(checks),
    ports,
    canFailTask,
    command: { user: "www-data" },
  };
  return { options, specs: checksOf(options, { clock: systemClock }) };
}

test.for([
  ["a port named health, given or by alias", {}, { health: 31000, http: 31000 }, ["health"]],
  ["no such port", {}, { http: 31000 }, []],
  ["a command, which needs none", { health_checker: { shell: { shell_command: "true" } } }, {}, ["health"]],
  ["a TCP check of such a port", { health_checker: { tcp: {} } }, { health: 31000 }, ["health"]],
] as const)("a task is checked by what it has: %s", async ([, config, ports, names]) => {
  const { options, specs: found } = specs({ config, ports });
  expect((await found).map(({ name }) => name)).toEqual(names);
  expect(isChecked(options)).toBe(names.length > 0);
});

test("Aurora's single check is readiness and liveness, and an unhealthy one fails the task", async () => {
  expect(await specs({}).specs).toMatchObject([
    {
      name: "health",
      roles: ["readiness", "liveness"],
      onUnhealthy: "fail_task",
      initialDelayMs: 15_000,
      intervalMs: 10_000,
      timeoutMs: 1_000,
      type: "http",
      target: "http://localhost:31000/health",
      rule: { policy: "initial_delay", allowedFailures: 0, final: true },
    },
  ]);
});

test("what somebody else runs can only be withdrawn", async () => {
  const [check] = await specs({ config: { on_unhealthy: "fail_task" }, canFailTask: false }).specs;
  expect(check).toMatchObject({ onUnhealthy: "withdraw", rule: { final: false } });
});

test("by the grace policy checks begin at once", async () => {
  const [check] = await specs({ config: { policy: "grace" } }).specs;
  expect(check).toMatchObject({ initialDelayMs: 0, rule: { policy: "grace", forgivenAttempts: 2 } });
});

test("several checks have roles, ports and policies of their own", async () => {
  const checks = [
    { name: "up", roles: ["startup"], port: "http", health_checker: { tcp: {} } },
    { name: "ready", roles: ["readiness"], port: "http" },
    { name: "alive", roles: ["liveness"], health_checker: { shell: { shell_command: "test -e x" } } },
    { name: "rpc", port: "grpc", on_unhealthy: "withdraw", health_checker: { grpc: { service: "a.B" } } },
  ];
  const found = await specs({ checks, ports: { http: 1, grpc: 2 } }).specs;
  expect(found.map(({ name, type, target, onUnhealthy }) => [name, type, target, onUnhealthy])).toEqual([
    ["up", "tcp", "localhost:1", "fail_task"],
    ["ready", "http", "http://localhost:1/health", "withdraw"],
    ["alive", "command", "test -e x", "fail_task"],
    ["rpc", "grpc", "localhost:2/a.B", "withdraw"],
  ]);
});

test("a port without a number is refused with the check's name and what to give", async () => {
  await expect(specs({ checks: [{ name: "x", port: "admin" }] }).specs).rejects.toThrow(
    'check "x": its port "admin" has no number (known: health); give it with -P admin:<port>',
  );
});

test("a check that is asked for by its kind is refused without its port, not left out", async () => {
  for (const health_checker of [{ tcp: {} }, { grpc: {} }]) {
    await expect(specs({ config: { health_checker }, ports: { http: 1 } }).specs).rejects.toThrow(
      'check "health": its port "health" has no number (known: http)',
    );
  }
});

test.each([
  ["a pipe", (path: string) => execFileSync("mkfifo", [path]), "it is no regular file"],
  ["what has no end", (path: string) => symlinkSync("/dev/zero", path), "it is no regular file"],
  ["what is no certificate", (path: string) => writeFileSync(path, "hello"), "can not be used"],
])("%s in place of a certificate is refused at once", async (_, make, why) => {
  const directory = await mkdtemp(join(tmpdir(), "borealis-checks-"));
  onTestFinished(() => rm(directory, { recursive: true }));
  const file = join(directory, "ca.pem");
  make(file);
  const config = { health_checker: { http: { scheme: "https", tls: { ca_file: file } } } };
  await expect(specs({ config }).specs).rejects.toThrow(why);
});

test("a file that the job's user may not read is not read for them", async () => {
  const directory = await mkdtemp(join(tmpdir(), "borealis-checks-"));
  onTestFinished(() => rm(directory, { recursive: true }));
  const file = join(directory, "ca.pem");
  await writeFile(file, "hello", { mode: 0o600 });
  const health_checker = { http: { scheme: "https", tls: { ca_file: file } } };
  const options = { ...specs({}).options, healthCheck: healthCheckConfigSchema.parse({ health_checker }) };
  const command = { user: "somebody", runAs: { user: "somebody", uid: 64_000, gid: 64_000 } };
  await expect(checksOf({ ...options, command }, { clock: systemClock })).rejects.toThrow(
    "the job's user somebody may not read it",
  );
});

test("files of certificates are read once, before anything begins, and refused with their path", async () => {
  const directory = await mkdtemp(join(tmpdir(), "borealis-checks-"));
  onTestFinished(() => rm(directory, { recursive: true }));
  const secret = join(directory, "key.pem");
  await writeFile(secret, "very secret");
  const using = (tls: object) => ({ health_checker: { http: { scheme: "https", tls } } });
  await expect(specs({ config: using({ ca_file: join(directory, "no.pem") }) }).specs).rejects.toThrow(
    `check "health": tls.ca_file ${join(directory, "no.pem")} can not be read (ENOENT)`,
  );
  const halves = specs({ config: using({ key_file: secret }) }).specs;
  await expect(halves).rejects.toThrow("tls.cert_file and tls.key_file go together");
  await expect(halves).rejects.not.toThrow("very secret");
});

const AURORA = { endpoint: "/health", expected_response: "ok", expected_response_code: 0 };
test.for([
  ["the default: 2xx and ok", {}, undefined, { kind: "equals", text: "ok" }],
  ["a code beside the body", { expected_response_code: 201 }, [[201, 201]], { kind: "equals", text: "ok" }],
  ["no body, no code: whatever answers", { expected_response: "" }, [], null],
  ["a code alone", { expected_response: "", expected_response_code: 503 }, [[503, 503]], null],
  [
    "ranges",
    { expected_status: "200-299,304" },
    [
      [200, 299],
      [304, 304],
    ],
    { kind: "equals", text: "ok" },
  ],
  [
    "a part of the body",
    { expected_response_contains: "up", expected_response: "" },
    undefined,
    { kind: "contains", text: "up" },
  ],
  ["a pattern", { expected_response_matches: "^u.$" }, undefined, { kind: "matches", pattern: /^u.$/u }],
  ["a HEAD, which has no body", { method: "head" }, undefined, null],
] as const)("what is expected of an answer: %s", ([, http, status, body]) => {
  const question = httpQuestion({ ...AURORA, ...http }, 1);
  expect([question.status, question.body]).toEqual([status, body]);
});

test("an endpoint without a slash has one", () => {
  expect(httpQuestion({ ...AURORA, endpoint: "healthz?deep=1" }, 1).path).toBe("/healthz?deep=1");
});
