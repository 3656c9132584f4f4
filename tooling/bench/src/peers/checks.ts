import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock as clock } from "@borealis/clock";
import {
  checksOf,
  createHealthMetrics,
  createHealthService,
  createSharedHttp,
  type FailureKind,
  openHistory,
} from "@borealis/healthcheck";
import { Registry } from "prom-client";

export interface ChecksOptions {
  readonly keepAlive: boolean;
  onRun(failure: FailureKind | undefined): void;
  onDelay(delayMs: number): void;
  onLate(): void;
  onSkipped(count: number): void;
}

export interface Checks {
  /** Asked once a second from then on. */
  add(port: number): Promise<void>;
  close(): Promise<void>;
}

/** Everything that the executor has for its checks: scheduler, rules, history on disk and metrics. */
export function startChecks(options: ChecksOptions): Checks {
  const directory = mkdtempSync(join(tmpdir(), "borealis-bench-health-"));
  const onProblem = (text: string) => void process.stderr.write(`${text}\n`);
  const metrics = createHealthMetrics(new Registry());
  const service = createHealthService({
    clock,
    history: openHistory({ directory, clock, onProblem }),
    onProblem,
    metrics: {
      ...metrics,
      ran(type, durationMs, failure) {
        metrics.ran(type, durationMs, failure);
        options.onRun(failure);
      },
      delayed(delayMs) {
        metrics.delayed(delayMs);
        options.onDelay(delayMs);
      },
      late() {
        metrics.late();
        options.onLate();
      },
      skipped(count) {
        metrics.skipped(count);
        options.onSkipped(count);
      },
    },
  });
  const http = {
    endpoint: "/health",
    expected_response: "ok",
    expected_response_code: 0,
    keep_alive: options.keepAlive,
  };
  const timing = { initial_interval_secs: 0, interval_secs: 1, timeout_secs: 1 };
  const healthCheck = { ...timing, max_consecutive_failures: 3, health_checker: { http } };
  const deps = { clock, dispatcher: createSharedHttp() };
  return {
    async add(port) {
      const ports = { health: port };
      const command = { user: "nobody" };
      const specs = await checksOf(
        { healthCheck, healthChecks: [], ports, canFailTask: false, command },
        deps,
      );
      service.watch({ instance: `bench/prod/hello/${port}`, checks: specs, onReport() {} });
    },
    async close() {
      await service.close();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
