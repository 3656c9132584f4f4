import { expect, test } from "vitest";
import { planStop } from "../../src/stop/stop-plan.ts";

const HTTP = {
  port: "health",
  graceful_shutdown_endpoint: "/quitquitquit",
  shutdown_endpoint: "/abortabortabort",
  graceful_shutdown_wait_secs: 5,
  shutdown_wait_secs: 7,
};

type Given = Parameters<typeof planStop>[0];
const plan = (given: Partial<Given>) =>
  planStop({
    announced: true,
    lifecycle: { http: HTTP },
    ports: { health: 31337 },
    finalizationWaitSecs: 30,
    ...given,
  });

test("a job is stopped as its lifecycle says", () => {
  expect(plan({ lifecycle: { http: HTTP, drain_wait_secs: 0.5 } })).toEqual({
    announced: true,
    drainMs: 500,
    quit: { port: 31337, portName: "health", path: "/quitquitquit", waitMs: 5_000 },
    abort: { port: 31337, portName: "health", path: "/abortabortabort", waitMs: 7_000 },
    finalizationWaitMs: 30_000,
  });
});

test("drain_wait_secs needs no http", () => {
  const skipped = "lifecycle has no http";
  expect(plan({ lifecycle: { drain_wait_secs: 3 } })).toMatchObject({ drainMs: 3_000, quit: { skipped } });
  expect(plan({ lifecycle: undefined })).toMatchObject({ drainMs: 0, abort: { skipped } });
});

test.each([{}, Object.create({ health: 1 }) as Record<string, number>])(
  "without its port it is not asked",
  (ports) => {
    const skipped = "it has no port named health";
    expect(plan({ ports })).toMatchObject({ quit: { skipped }, abort: { skipped } });
  },
);

test("another port, and endpoints without a slash or with nothing at all", () => {
  const http = { ...HTTP, port: "admin", graceful_shutdown_endpoint: "", shutdown_endpoint: "stop" };
  expect(plan({ lifecycle: { http }, ports: { admin: 1 } })).toMatchObject({
    quit: { skipped: "its endpoint is empty" },
    abort: { port: 1, portName: "admin", path: "/stop" },
  });
});
