import { leftTasks, openRunner, type Runner } from "@borealis/runner";
import {
  type ExecutorRecord,
  executorRecordPath,
  formatInstanceKey,
  type InstanceKey,
  type InstanceRecord,
} from "@borealis/schema";
import {
  connectZooKeeper,
  ServerSetError,
  type ServerSetErrorCode,
  type SessionStatus,
  type ZooKeeperSession,
} from "@borealis/serverset";
import { type ApiServer, startApiServer } from "./api-server.ts";
import { ensureApiToken } from "./api-token.ts";
import { Claim } from "./claim.ts";
import { ExecutorError, type ExecutorErrorCode } from "./errors.ts";
import type { EventLog } from "./event-log.ts";
import { collectGarbage } from "./garbage.ts";
import { type HealthChecks, startHealthChecks } from "./health-checks.ts";
import { Instance } from "./instance.ts";
import type { InstanceSpec } from "./instance-spec.ts";
import { resolveRunAs } from "./run-as.ts";
import { sessionFilePath } from "./session-file.ts";
import type { ExecutorSettings } from "./settings.ts";
import type { TaskView } from "./task-view.ts";
import { VERSION } from "./version.ts";

/** One per process: one ZooKeeper session, one observer API, any number of instances. */
export class Executor {
  readonly #settings: ExecutorSettings;
  readonly #log: EventLog;
  readonly #view: TaskView | undefined;
  readonly #instances: Instance[] = [];
  #session: ZooKeeperSession | undefined;
  #api: ApiServer | undefined;
  #health: HealthChecks | undefined;
  #runner: Runner | undefined;
  #garbage: Disposable | undefined;
  #claim: Claim | undefined;
  #record: ExecutorRecord | undefined;
  #toldOfSession: Pick<SessionStatus, "state" | "suspect"> | undefined;
  #stopping = false;

  /** @param view shows the one instance of an executor that runs one. */
  constructor(settings: ExecutorSettings, log: EventLog, view?: TaskView) {
    this.#settings = settings;
    this.#view = view;
    this.#log = log;
  }

  get instances(): readonly InstanceRecord[] {
    return this.#instances.map((instance) => instance.record);
  }

  get url(): string {
    return this.#api?.url ?? "";
  }

  /**
   * Connects, listens and registers this executor.
   * @param owner whose session and history of health checks it keeps, for the executor that comes after this one.
   * @throws ExecutorError API_TOKEN, ZOOKEEPER_UNREACHABLE, NOT_PERMITTED, ADDRESS_IN_USE or CLAIMED; call `close` then, too.
   */
  async open(signal: AbortSignal, owner: InstanceKey | string): Promise<void> {
    const { clock, host, id, tls, auth, acl, stateDirectory } = this.#settings;
    for (const warning of this.#settings.warnings) this.#log.warn("session", warning);
    const token = await ensureApiToken(stateDirectory);
    this.#runner = await openRunner({
      ...this.#settings,
      onProblem: (problem) => this.#log.warn("task", problem),
    });
    for (const notice of this.#runner.notices) this.#log.warn("task", notice);
    this.#garbage = collectGarbage(stateDirectory, this.#settings.garbage, { clock, log: this.#log });
    const session = connectZooKeeper({
      servers: this.#settings.zooKeeper,
      sessionTimeoutMs: this.#settings.sessionTimeoutMs,
      clock,
      sessionFile: sessionFilePath(stateDirectory, owner),
      ...(tls === undefined ? {} : { tls }),
      ...(auth === undefined ? {} : { auth }),
      ...(acl === undefined ? {} : { acl }),
      onWarning: ({ message }) => this.#log.warn("session", message),
      onStatus: (status) => this.#onSession(status),
    });
    this.#session = session;
    const health = startHealthChecks(this.#settings, owner, this.#log);
    this.#health = health;
    this.#api = await startApiServer({
      listen: this.#settings.listen,
      executor: () => this.#record,
      instances: () => this.instances,
      events: () => this.#log.events,
      session: () => session.health,
      health: health.service,
      metrics: () => health.metrics(),
      token,
      ready: () =>
        session.status.state === "connected" ? undefined : `ZooKeeper session is ${session.status.state}`,
    });
    await this.#reachZooKeeper(session, signal);
    const { url } = this.#api;
    this.#record = { id, host, url, version: VERSION, pid: process.pid, startedAt: clock.wallTime() };
    this.#claim = await Claim.take(
      {
        session,
        path: executorRecordPath(id),
        content: () => Buffer.from(JSON.stringify(this.#record)),
        what: `executor ${id}`,
        deadlineMs: this.#settings.claimDeadlineMs,
        onWait: (holder) =>
          this.#log.warn("claim", `executor ${id} is registered already (${holder}); waiting for it to go`),
        onLost: (error) => this.#log.warn("claim", error.message),
      },
      signal,
    );
    this.#log.tell("session", `observer API at ${url}`);
  }

  /** @throws ExecutorError when the instance can not be started; the others are not touched. */
  async start(spec: InstanceSpec, signal: AbortSignal): Promise<Instance> {
    const session = this.#session;
    const checks = this.#health;
    const runner = this.#runner?.context;
    if (session === undefined || checks === undefined || runner === undefined)
      throw new Error("open() comes before start()");
    // A sidecar runs no processes, but it may have commands that check health.
    const runAs = hasCommands(spec)
      ? await resolveRunAs(spec.key.role, this.#settings.asCurrentUser)
      : undefined;
    const { service: health, probes } = checks;
    const context = {
      settings: this.#settings,
      session,
      log: this.#log,
      executorUrl: this.url,
      runAs,
      health,
      probes,
      runner,
      view: this.#view,
    };
    const instance = new Instance(spec, context);
    try {
      await instance.start(signal);
    } catch (error) {
      throw asExecutorError(error, `can not start ${formatInstanceKey(spec.key)}`);
    }
    this.#instances.push(instance);
    // The signal came while it was starting, when there was nothing to stop yet.
    if (this.#stopping) instance.stop();
    return instance;
  }

  /** To be called when all that is to run has been started: whatever else an executor left here has nobody. */
  async tellOfLeftTasks(): Promise<void> {
    for (const { taskId, header, problem, held } of await leftTasks(this.#settings.stateDirectory)) {
      // Ours, or another executor's that shares the state directory.
      if (held) continue;
      const whose = header?.instance === undefined ? "" : ` of ${header.instance}`;
      const advice = `start it again, or end it with borealis executor kill ${taskId}`;
      const text = problem ?? `it is left by an earlier executor, and nobody runs it: ${advice}`;
      this.#log.warn("task", `task ${taskId}${whose}: ${text}`);
    }
  }

  /** Stops all instances, in order each and side by side; a second call leaves waits out, a third is SIGKILL. */
  stop(): void {
    for (const instance of this.#instances) {
      if (this.#stopping) instance.hurry();
      else instance.stop();
    }
    this.#stopping = true;
  }

  /** Stops what still runs and gives everything back: records, the session, the API. Never throws. */
  async close(): Promise<void> {
    if (!this.#stopping) this.stop();
    await Promise.all(this.#instances.map((instance) => instance.ended));
    await Promise.all(this.#instances.map((instance) => instance.release()));
    this.#garbage?.[Symbol.dispose]();
    await this.#health?.close();
    this.#claim?.close();
    // Ephemeral znodes go with the session, the executor's own record among them.
    await this.#session?.close();
    await this.#runner?.close();
    await this.#api?.close();
  }

  /** Once for each state: while it lasts the reason changes with every server that is tried. */
  #onSession({ state, suspect, server, error }: SessionStatus): void {
    const told = this.#toldOfSession;
    this.#toldOfSession = { state, suspect };
    if (told?.state === state && told.suspect === suspect) return;
    if (state === "connected") this.#log.tell("session", `connected to ZooKeeper at ${server}`);
    else if (suspect)
      this.#log.warn(
        "session",
        `out of reach for longer than the session timeout: others may not see us any more (${error})`,
      );
    else if (state === "suspended" || state === "expired") this.#log.warn("session", `${state}: ${error}`);
  }

  async #reachZooKeeper(session: ZooKeeperSession, signal: AbortSignal): Promise<void> {
    const { clock, connectDeadlineMs, zooKeeper } = this.#settings;
    using deadline = clock.deadline(connectDeadlineMs, signal);
    try {
      await session.connected(deadline.signal);
    } catch (error) {
      if (!deadline.expired) throw error;
      const { code } = session.status;
      if (code === "AUTH_FAILED" || code === "TLS_FAILED") {
        const failed = code === "AUTH_FAILED" ? "NOT_PERMITTED" : "ZOOKEEPER_UNREACHABLE";
        throw new ExecutorError(failed, session.status.error ?? code);
      }
      const why = session.status.error ?? `no answer from ${zooKeeper}`;
      const advice = "start one (npm run zookeeper), or name another with --zk host:port";
      throw new ExecutorError(
        "ZOOKEEPER_UNREACHABLE",
        `${why} (tried for ${connectDeadlineMs / 1000} s); ${advice}`,
      );
    }
  }
}

function hasCommands({ run, healthCheck, healthChecks }: InstanceSpec): boolean {
  const checks = [healthCheck, ...healthChecks];
  return run !== undefined || checks.some(({ health_checker: checker }) => checker?.shell !== undefined);
}

const CODES: Partial<Record<ServerSetErrorCode, ExecutorErrorCode>> = {
  NO_AUTH: "NOT_PERMITTED",
  AUTH_FAILED: "NOT_PERMITTED",
  INVALID_MEMBER: "BAD_CONFIG",
  INVALID_PATH: "BAD_CONFIG",
};

function asExecutorError(error: unknown, what: string): unknown {
  if (!(error instanceof ServerSetError)) return error;
  const code = CODES[error.code] ?? "ZOOKEEPER_UNREACHABLE";
  return new ExecutorError(code, `${what}: ${error.message}`, error);
}
