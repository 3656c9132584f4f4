import type { Clock } from "@borealis/clock";

/** What holds for a whole executor, whatever it runs. */
export interface ExecutorSettings {
  /** `/borealis/executors/<id>`. */
  readonly id: string;
  /** Name of this host, as members announce it and records show it. */
  readonly host: string;
  readonly zooKeeper: string;
  readonly sessionTimeoutMs: number;
  /** How long to wait for ZooKeeper at start. */
  readonly connectDeadlineMs: number;
  /** How long to wait for an instance that an earlier executor still claims. */
  readonly claimDeadlineMs: number;
  readonly serverSetRoot: string;
  /** Where the observer API listens; port 0 takes a free one. Loopback only. */
  readonly listen: { readonly host: string; readonly port: number };
  /** Sandboxes live below it. */
  readonly stateDirectory: string;
  /** Run processes as whoever runs the executor, not as the job's role. */
  readonly asCurrentUser: boolean;
  /** Who runs the executor. */
  readonly currentUser: string;
  readonly announceImmediately: boolean;
  readonly clock: Clock;
}
