import { expect, test } from "vitest";
import { healthCheckConfigSchema, healthChecksSchema, parseStatusRanges } from "../src/index.ts";

test.for([
  ["200", [[200, 200]]],
  [
    "200-299,304",
    [
      [200, 299],
      [304, 304],
    ],
  ],
  [
    " 100 - 599 , 404",
    [
      [100, 599],
      [404, 404],
    ],
  ],
] as const)("statuses are numbers and ranges: %s", ([text, ranges]) => {
  expect(parseStatusRanges(text)).toEqual({ ranges });
});

test.for([
  ["", "nothing"],
  ["200,", "nothing"],
  ["2x0", '"2x0"'],
  ["99", '"99"'],
  ["600", '"600"'],
  ["300-200", '"300-200"'],
  ["200-", '"200-"'],
  ["-200", '"-200"'],
  ["20000", '"20000"'],
])("statuses that are none are refused by what was seen: '%s'", ([text = "", seen]) => {
  expect(parseStatusRanges(text)).toEqual({ problem: expect.stringContaining(`${seen} is none`) });
});

const http = (attributes: object) => ({ health_checker: { http: attributes } });

test.for([
  ["an expected status", http({ expected_status: "2xx" }), "must be statuses from 100 to 599"],
  ["a pattern", http({ expected_response_matches: "(" }), "must be a regular expression"],
  [
    "a very long pattern",
    http({ expected_response_matches: "x".repeat(1001) }),
    "must not be longer than 1000",
  ],
  ["a method", http({ method: "GET /" }), "must be an HTTP method"],
  [
    "a header with a line break",
    http({ headers: { a: "b\r\nc: d" } }),
    "must be one line of Latin characters",
  ],
  ["the name of a header", http({ headers: { "a b": "c" } }), "must map names of HTTP headers to text"],
  ["TLS that is not used", http({ tls: {} }), 'has tls, which needs scheme "https"'],
  ["TLS of gRPC that is not used", { health_checker: { grpc: { tls: {} } } }, "has tls, which needs use_tls"],
  [
    "two kinds in one check",
    { health_checker: { tcp: {}, shell: { shell_command: "true" } } },
    "does one thing, and here are shell and tcp",
  ],
  ["an interval", { interval_secs: 0.001 }, "must be at least 0.01"],
  ["a timeout", { timeout_secs: 0 }, "must be at least 0.001"],
  ["a policy", { policy: "kind" }, "must be initial_delay, initial_delay_strict or grace"],
  ["what becomes of it", { on_unhealthy: "restart" }, "must be fail_task or withdraw"],
] as const)("wrong input of a health check is told: %s", ([, config, message]) => {
  const { error } = healthCheckConfigSchema.safeParse(config);
  expect(error?.issues.map((issue) => issue.message)).toEqual([expect.stringContaining(message)]);
});

test.for([
  ["no role", [{ name: "a", roles: [] }], "must name a role"],
  ["a role that there is not", [{ name: "a", roles: ["ready"] }], "must be startup, readiness or liveness"],
  ["startup and more", [{ name: "a", roles: ["startup", "liveness"] }], "must be startup alone"],
  ["a name twice", [{ name: "a" }, { name: "a" }], 'a check named "a" is there already'],
  ["the name of the first check", [{ name: "health" }], 'a check named "health" is there already'],
] as const)("wrong input of several checks is told: %s", ([, checks, message]) => {
  const { error } = healthChecksSchema.safeParse(checks);
  expect(error?.issues.map((issue) => issue.message)).toEqual([expect.stringContaining(message)]);
});

test("a shell check may stand beside an HTTP check, as in Aurora", () => {
  const config = { health_checker: { http: {}, shell: { shell_command: "true" } } };
  expect(healthCheckConfigSchema.safeParse(config).success).toBe(true);
});
