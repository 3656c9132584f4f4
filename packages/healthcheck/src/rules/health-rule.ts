import type { HealthCheckConfig, HealthPolicyName } from "@borealis/schema";

/** How results become a state. Attempts are counted, never time: the order of results alone decides. */
export interface HealthRule {
  readonly policy: HealthPolicyName;
  /** Failures in a row that are forgiven; the next one is not. */
  readonly allowedFailures: number;
  /** Passes in a row until it is healthy. `grace` only; elsewhere the first one counts. */
  readonly neededSuccesses: number;
  /** The first attempts, whose failures do not count, not even once it is healthy. `grace` only. */
  readonly forgivenAttempts: number;
  /** The first attempt is not counted, and its failure is the verdict. `initial_delay_strict` without a delay only. */
  readonly firstDecides: boolean;
  /** Failing is the end: a pass does not mend it. For a task that is failed by it. */
  readonly final: boolean;
}

type Counted = Pick<
  HealthCheckConfig,
  | "policy"
  | "initial_interval_secs"
  | "interval_secs"
  | "max_consecutive_failures"
  | "min_consecutive_successes"
>;

export function healthRule(config: Counted, { final }: { readonly final: boolean }): HealthRule {
  const policy = config.policy ?? "initial_delay";
  const grace = policy === "grace";
  return {
    policy,
    allowedFailures: config.max_consecutive_failures,
    neededSuccesses: grace ? (config.min_consecutive_successes ?? 1) : 1,
    forgivenAttempts: grace ? Math.ceil(config.initial_interval_secs / config.interval_secs) : 0,
    firstDecides: policy === "initial_delay_strict" && config.initial_interval_secs === 0,
    final,
  };
}
