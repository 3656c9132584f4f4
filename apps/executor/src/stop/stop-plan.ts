import type { Job, Ports } from "@borealis/schema";

/** How long ZooKeeper has to confirm that the member's znode is gone. */
export const UNANNOUNCE_MS = 5_000;
/** As in Aurora: from asking to the head of an answer. */
export const REQUEST_MS = 1_000;

/** What a process is asked over HTTP, and how long it has to follow. */
export interface StopRequest {
  readonly port: number;
  /** What people call the port. */
  readonly portName: string;
  readonly path: string;
  readonly waitMs: number;
}

/** Why a request is not made, in words. */
interface NoRequest {
  readonly skipped: string;
}

/** What stopping one instance is to consist of, known before it begins. */
export interface StopPlan {
  /** Whether there is a member to withdraw, and so anybody who has to notice. */
  readonly announced: boolean;
  readonly drainMs: number;
  readonly quit: StopRequest | NoRequest;
  readonly abort: StopRequest | NoRequest;
  /** How long CLEANING and FINALIZING may take; undefined for a sidecar: it asks and ends nobody. */
  readonly finalizationWaitMs: number | undefined;
}

export function planStop({
  announced,
  lifecycle,
  ports,
  finalizationWaitSecs,
}: {
  /** Now: who has left already has been gone for long enough. */
  readonly announced: boolean;
  /** With its references filled in. */
  readonly lifecycle: Job["lifecycle"] | undefined;
  readonly ports: Ports;
  /** Undefined for a sidecar. */
  readonly finalizationWaitSecs: number | undefined;
}): StopPlan {
  const { drain_wait_secs: drainSecs = 0, http } = lifecycle ?? {};
  const finalizationWaitMs = finalizationWaitSecs === undefined ? undefined : finalizationWaitSecs * 1000;
  const rest = { announced, drainMs: drainSecs * 1000, finalizationWaitMs };
  const without = (skipped: string): StopPlan => ({ ...rest, quit: { skipped }, abort: { skipped } });
  if (http === undefined) return without("lifecycle has no http");
  const { port: portName } = http;
  const port = Object.hasOwn(ports, portName) ? ports[portName] : undefined;
  if (port === undefined) return without(`it has no port named ${portName}`);
  const request = (path: string, waitSecs: number): StopRequest | NoRequest =>
    path === ""
      ? { skipped: "its endpoint is empty" }
      : { port, portName, path: path.startsWith("/") ? path : `/${path}`, waitMs: waitSecs * 1000 };
  return {
    ...rest,
    quit: request(http.graceful_shutdown_endpoint, http.graceful_shutdown_wait_secs),
    abort: request(http.shutdown_endpoint, http.shutdown_wait_secs),
  };
}
