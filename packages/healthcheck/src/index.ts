export type { CheckSpec } from "./check-spec.ts";
export { type ChecksDeps, type ChecksOptions, checksOf, isChecked } from "./checks-of.ts";
export {
  createHealthService,
  type HealthService,
  type HealthServiceOptions,
  type InstanceHealth,
  type WatchOptions,
} from "./health-service.ts";
export {
  type History,
  openHistory,
  type Page,
  type RecordedResult,
  type Transition,
} from "./history/history.ts";
export { createSharedHttp, type SharedHttp } from "./http/shared-http.ts";
export type { HealthMetrics } from "./metrics/metrics.ts";
export { createHealthMetrics } from "./metrics/prometheus-metrics.ts";
export { type CheckResult, FAILURE_KINDS, type FailureKind } from "./probes/check-result.ts";
export type { Probe } from "./probes/probe.ts";
