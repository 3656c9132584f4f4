import type { CheckState } from "@borealis/schema";
import type { FailureKind } from "../probes/check-result.ts";

/** What the checks of a process have come to so far, for Prometheus. Every method is called on the hot path. */
export interface HealthMetrics {
  /** A check was made. `type` is the probe's: http, tcp, command, grpc. */
  ran(type: string, durationMs: number, failure: FailureKind | undefined): void;
  /** It began so long after it was due. */
  delayed(delayMs: number): void;
  late(): void;
  /** Slots that passed without a check because the one before went on, or nobody had time. */
  skipped(count: number): void;
  /** A check was made, or left out, while snoozed. */
  snoozed(type: string): void;
  /** So many more checks are snoozed now, or less. */
  held(change: 1 | -1): void;
  /** One more or one less check in this state. */
  stateChanged(from: CheckState | undefined, to: CheckState | undefined): void;
}
