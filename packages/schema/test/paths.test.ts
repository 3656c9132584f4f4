import { expect, it } from "vitest";
import { executorRecordPath, instanceRecordPath, jobRecordPath, serverSetPath } from "../src/index.ts";

const key = { role: "www-data", environment: "prod", name: "hello" };

it.each([
  ["the ServerSet of a job", serverSetPath(key), "/aurora/www-data/prod/hello"],
  [
    "a ServerSet below another root",
    serverSetPath(key, "/twitter/service"),
    "/twitter/service/www-data/prod/hello",
  ],
  ["a ServerSet below the root of all", serverSetPath(key, "/"), "/www-data/prod/hello"],
  ["the record of a job", jobRecordPath(key), "/borealis/jobs/www-data/prod/hello"],
  [
    "the record of an instance",
    instanceRecordPath({ ...key, instance: 0 }),
    "/borealis/jobs/www-data/prod/hello/instances/0",
  ],
  ["the record of an executor", executorRecordPath("host1"), "/borealis/executors/host1"],
])("%s is at its place", (_, path, expected) => {
  expect(path).toBe(expected);
});
