import { expect, it } from "vitest";
import {
  executorRecordPath,
  instanceRecordPath,
  jobRecordPath,
  parseServerSetRoot,
  serverSetPath,
} from "../src/index.ts";

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

it.each([
  ["/aurora", "/aurora"],
  ["/aurora/", "/aurora"],
  ["/twitter/service//", "/twitter/service"],
  ["/", "/"],
])("a ServerSet root %s is %s", (text, root) => {
  expect(parseServerSetRoot(text)).toEqual({ root });
});

it.each(["aurora", "", "/a//b", "/a/../b", "/a/.", "/borealis", "/borealis/jobs", "/a\n"])(
  "%j is no ServerSet root",
  (text) => {
    expect(parseServerSetRoot(text)).toMatchObject({
      problem: expect.stringContaining("can not be a ServerSet root"),
    });
  },
);
