import type { Clock } from "@borealis/clock";
import type { GarbagePolicy, RestartPolicy } from "@borealis/runner";
import type { Acl, AuthInfo, TlsOptions } from "@borealis/serverset";

/** What holds for a whole executor, whatever it runs. */
export interface ExecutorSettings {
  /** `/borealis/executors/<id>`. */
  readonly id: string;
  /** Name of this host, as records show it. */
  readonly host: string;
  /** Where members say that they are: `host`, unless clients know it by another name. */
  readonly announcedHost: string;
  readonly zooKeeper: string;
  readonly sessionTimeoutMs: number;
  /** How long to wait for ZooKeeper at start. */
  readonly connectDeadlineMs: number;
  /** How long to wait for an instance that an earlier executor still claims. */
  readonly claimDeadlineMs: number;
  /** How to be encrypted to ZooKeeper; without it connections are plain. */
  readonly tls?: TlsOptions;
  /** Who we are to ZooKeeper, and who may do what with the znodes we create. */
  readonly auth?: readonly AuthInfo[];
  readonly acl?: readonly Acl[];
  readonly serverSetRoot: string;
  /** A job's `zk_path` may take the place of its whole ServerSet path. */
  readonly allowCustomServerSetPath: boolean;
  /** Where the observer API listens; port 0 takes a free one. Loopback only. */
  readonly listen: { readonly host: string; readonly port: number };
  /** Sandboxes live below it, and what is needed to end our ZooKeeper session after a crash. */
  readonly stateDirectory: string;
  /** Run processes as whoever runs the executor, not as the job's role. */
  readonly asCurrentUser: boolean;
  /** Added to the environment of every process. */
  readonly environment: Readonly<Record<string, string>>;
  /** How soon a task that ended is started again. */
  readonly restartPolicy: RestartPolicy;
  /** Hold tasks to their `resources`, where this host can. */
  readonly enforceResources: boolean;
  /** What finished tasks may leave, and how long. */
  readonly garbage: GarbagePolicy;
  /** Who runs the executor. */
  readonly currentUser: string;
  readonly announceImmediately: boolean;
  /** Sentences about these settings for the log. */
  readonly warnings: readonly string[];
  readonly clock: Clock;
}
