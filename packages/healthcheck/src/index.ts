export { type CheckResult, type Health, type HealthPolicy, observe, startHealth } from "./health.ts";
export { type HealthChecker, type HealthCheckerOptions, startHealthChecker } from "./health-checker.ts";
export { type HttpExpectation, type HttpProbeOptions, type ProbeResult, probeHttp } from "./http-probe.ts";
