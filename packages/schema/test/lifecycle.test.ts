import { expect, test } from "vitest";
import { checkJob } from "../src/index.ts";
import { issuesOf, sampleJob } from "./sample.ts";

const withLifecycle = (lifecycle: object) => sampleJob({ job: { lifecycle } });

test.each([0, 2, 0.5])("drain_wait_secs may be %d, with http and without", (drain_wait_secs) => {
  expect(checkJob(withLifecycle({ drain_wait_secs })).job?.lifecycle).toEqual({ drain_wait_secs });
  const http = { port: "admin" };
  expect(checkJob(withLifecycle({ drain_wait_secs, http })).job?.lifecycle).toMatchObject({
    drain_wait_secs,
    http: { port: "admin", graceful_shutdown_wait_secs: 5 },
  });
});

test("a drain_wait_secs that is not given is not made up: Aurora's jobs stay as they are", () => {
  expect(Object.keys(checkJob(sampleJob()).job?.lifecycle ?? {})).toEqual(["http"]);
});

test("a drain_wait_secs that can not be waited is refused", () => {
  expect(issuesOf(withLifecycle({ drain_wait_secs: -1 }))).toMatchObject([
    { path: "lifecycle.drain_wait_secs", message: "must not be negative" },
  ]);
  expect(issuesOf(withLifecycle({ drain_wait_secs: "2" }))).toMatchObject([
    { path: "lifecycle.drain_wait_secs", message: "must be a number of seconds" },
  ]);
});
