import { join } from "node:path";
import {
  type ChecksDeps,
  createHealthMetrics,
  createHealthService,
  createSharedHttp,
  type HealthService,
  openHistory,
} from "@borealis/healthcheck";
import type { InstanceKey } from "@borealis/schema";
import { collectDefaultMetrics, Registry } from "prom-client";
import type { EventLog } from "./event-log.ts";
import { healthDirectory } from "./session-file.ts";
import type { ExecutorSettings } from "./settings.ts";

/** All health checks of this executor, and what is remembered and counted of them. */
export interface HealthChecks {
  readonly service: HealthService;
  readonly probes: ChecksDeps;
  metrics(): Promise<{ readonly contentType: string; readonly text: string }>;
  /** Never throws, and gives up on a disk that hangs: the ZooKeeper session is still to be closed. */
  close(): Promise<void>;
}

const CLOSE_DEADLINE_MS = 5_000;

export function startHealthChecks(
  { clock, stateDirectory }: ExecutorSettings,
  owner: InstanceKey | string,
  log: EventLog,
): HealthChecks {
  const directory = healthDirectory(stateDirectory, owner);
  const onProblem = (text: string) => log.warn("health", text);
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const dispatcher = createSharedHttp();
  const service = createHealthService({
    clock,
    history: openHistory({ directory, clock, onProblem }),
    metrics: createHealthMetrics(registry),
    snoozePath: join(directory, "snoozes.json"),
    onProblem,
  });
  return {
    service,
    probes: { clock, dispatcher },
    async metrics() {
      return { contentType: registry.contentType, text: await registry.metrics() };
    },
    async close() {
      using deadline = clock.deadline(CLOSE_DEADLINE_MS);
      const late = new Promise<void>((resolve) => deadline.signal.addEventListener("abort", () => resolve()));
      const closed = service.close().catch((error: unknown) => onProblem(`${(error as Error).message}`));
      await Promise.race([closed, late]);
      dispatcher.close();
      registry.clear();
    },
  };
}
