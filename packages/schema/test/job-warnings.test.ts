import { expect, it } from "vitest";
import { checkJob } from "../src/index.ts";
import { processes, sampleJob } from "./sample.ts";

type Overlay = NonNullable<Parameters<typeof sampleJob>[0]>;

const announced = (announce: object, cmdline = "true"): Overlay => ({
  job: { announce },
  task: { processes: processes({ hello: { cmdline } }) },
});
const watched = (watch_secs: number, health_check_config: object = {}): Overlay => ({
  job: { update_config: { watch_secs }, health_check_config },
});

it.each<[string, Overlay, rule: string, path: string, message: RegExp]>([
  ["a watch as long as the first check takes", watched(15), "update", "update_config.watch_secs", /than 15/],
  ["no watch", watched(0), "update", "update_config.watch_secs", /than 15/],
  [
    "a watch that ends with the verdict",
    watched(45, { max_consecutive_failures: 3 }),
    "update",
    "update_config.watch_secs",
    /than 45/,
  ],
  [
    "a primary port of which nobody knows",
    announced({ primary_port: "custom", portmap: {} }, "serve {{thermos.ports[http]}}"),
    "ports",
    "announce.primary_port",
    /\{\{thermos\.ports\[custom\]\}\}/,
  ],
  ["links", { job: { task_links: { logs: "http://logs" } } }, "notice", "task_links", /ignored/],
  [
    "passes that are counted by a policy that does not",
    { job: { health_checks: [{ name: "a", min_consecutive_successes: 2 }] } },
    "notice",
    "health_checks.0.min_consecutive_successes",
    /without policy grace/,
  ],
  [
    "the port of a command",
    {
      job: {
        health_checks: [{ name: "a", port: "http", health_checker: { shell: { shell_command: "true" } } }],
      },
    },
    "notice",
    "health_checks.0.port",
    /asks no port/,
  ],
  ["hooks", { job: { enable_hooks: true } }, "notice", "enable_hooks", /ignored/],
])("%s is allowed, with a warning", (_, overlay, rule, path, message) => {
  const warnings = checkJob(sampleJob(overlay)).warnings?.map((warning) => ({
    ...warning,
    path: warning.path.join("."),
  }));
  expect(warnings).toEqual([
    expect.objectContaining({ rule, path, message: expect.stringMatching(message) }),
  ]);
});

it.each<[string, Overlay]>([
  ["an ordinary job", {}],
  ["a watch of 16 s", watched(16)],
  ["a watch that is longer than the verdict takes", watched(45, { max_consecutive_failures: 2 })],
  ["the default portmap, which asks for its primary port", announced({})],
  ["a primary port that a process listens on", announced({ portmap: {} }, "serve {{thermos.ports[http]}}")],
  ["a primary port that is an alias", announced({ primary_port: "web", portmap: { web: "http" } })],
  ["hooks that are off", { job: { enable_hooks: false } }],
])("%s needs no warning", (_, overlay) => {
  expect(checkJob(sampleJob(overlay)).warnings).toEqual([]);
});
