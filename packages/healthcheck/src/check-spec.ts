import type { CheckRole, ProbeType, UnhealthyPolicy } from "@borealis/schema";
import type { Probe } from "./probes/probe.ts";
import type { HealthRule } from "./rules/health-rule.ts";

/** One check, with everything bound: what is asked, when, and what an unhealthy verdict does. Times in milliseconds. */
export interface CheckSpec {
  /** Of its own within the instance. */
  readonly name: string;
  readonly roles: readonly CheckRole[];
  readonly rule: HealthRule;
  readonly onUnhealthy: UnhealthyPolicy;
  readonly initialDelayMs: number;
  readonly intervalMs: number;
  readonly timeoutMs: number;
  readonly type: ProbeType;
  /** For people. */
  readonly target: string;
  /** Called once, when the check begins. */
  readonly probe: () => Probe;
}
