export { type CheckResult, type Health, type HealthPolicy, observe, startHealth } from "./health.ts";
export { type HealthChecker, type HealthCheckerOptions, startHealthChecker } from "./health-checker.ts";
export { HEALTH_PATH, type HttpProbeOptions, type ProbeResult, probeHttp } from "./http-probe.ts";
