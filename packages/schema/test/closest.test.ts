import { expect, it } from "vitest";
import { closest } from "../src/index.ts";

const JOB = ["environment", "cron_schedule", "cron_collision_policy", "health_check_config", "update_config"];

it.each<[string, readonly string[], string | undefined]>([
  ["enviroment", JOB, "environment"],
  ["env", JOB, "environment"],
  ["health_check", JOB, "health_check_config"],
  ["cron", JOB, undefined],
  ["maxFailures", ["max_failures", "max_concurrency"], "max_failures"],
  ["MIN-DURATION", ["min_duration", "max_failures"], "min_duration"],
  ["mem", ["cpu", "ram", "disk"], "ram"],
  ["cpus", ["cpu", "ram", "disk"], "cpu"],
  ["comand", ["name", "cmdline"], "cmdline"],
  ["cmd", ["name", "cmdline"], "cmdline"],
  ["memory", ["memory_limit", "ram"], "ram"],
  ["Prod", ["prod", "devel"], "prod"],
  ["production", ["prod", "devel"], "prod"],
  ["qa", ["prod", "devel"], undefined],
  ["", ["a"], undefined],
  ["x".repeat(10_000), [`${"x".repeat(9_999)}y`], undefined],
])("%s among %j was probably meant to be %s", (word, candidates, meant) => {
  expect(closest(word, candidates)).toBe(meant);
});
