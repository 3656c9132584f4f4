import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { systemClock } from "@borealis/clock";
import { type PrivateZooKeeper, startZooKeeper } from "@borealis/private-zookeeper";
import { connectZooKeeper } from "@borealis/serverset";
import getPort from "get-port";
import { type Child, startChild } from "./child.ts";
import { DEMO_JOBS, PLACEMENT, SIDECAR_JOB } from "./jobs.ts";

const ROOT = resolve(import.meta.dirname, "../../..");
const CLI = join(ROOT, "apps/cli/bin/borealis.mjs");
const WEB = join(ROOT, "apps/web");
/** Next calls nobody, and keeps its compiled code with the dependencies: in the temporary directory it would stay behind. */
export const QUIET_NEXT = {
  NEXT_TELEMETRY_DISABLED: "1",
  NODE_COMPILE_CACHE: join(ROOT, "node_modules/.cache/compiled"),
};
const STOP_GRACE_MS = 15_000;
const ANSWER_DEADLINE_MS = 60_000;
const ZOOKEEPER_DEADLINE_MS = 10_000;

export interface DemoOptions {
  /** A ZooKeeper that already runs; without it a private one is started. */
  readonly zooKeeper?: string | undefined;
  /** Where people expect the dashboard; taken when it is free. Default: any free port. */
  readonly dashboardPort?: number;
  /** Told what is being done, a line each. */
  readonly onProgress: (text: string) => void;
  readonly signal: AbortSignal;
}

export interface Demo {
  readonly zooKeeper: string;
  readonly dashboardUrl: string;
  /** Base URLs of the services, by `job/instance`; `legacy` for the one that the sidecar announces. */
  readonly services: ReadonlyMap<string, string>;
  /** Of each host's executor. */
  readonly stateDirectories: ReadonlyMap<string, string>;
  readonly children: readonly Child[];
  /** The private ZooKeeper, if it is ours. */
  readonly privateZooKeeper: PrivateZooKeeper | undefined;
  /** Ends everything, the services before what they are announced in, and removes every file. Idempotent. */
  stop(): Promise<void>;
}

/**
 * Brings up the whole system on this machine: ZooKeeper, two executors standing for two hosts, a service with a sidecar,
 * and the dashboard (which must have been built). If anything does not start, all is taken down and it throws.
 */
export async function startDemo(options: DemoOptions): Promise<Demo> {
  const undo: (() => Promise<unknown>)[] = [];
  const children: Child[] = [];
  let stopping: Promise<void> | undefined;
  const stop = () => {
    stopping ??= (async () => {
      for (const step of undo.reverse()) await step();
    })();
    return stopping;
  };
  try {
    const directory = await mkdtemp(join(tmpdir(), "borealis-demo-"));
    undo.push(() => rm(directory, { recursive: true, force: true }));

    let privateZooKeeper: PrivateZooKeeper | undefined;
    if (options.zooKeeper === undefined) {
      options.onProgress("starting a private ZooKeeper");
      // Not our signal: it would end ZooKeeper at once, before those who want to leave it in order.
      privateZooKeeper = await startZooKeeper();
      const { stop: stopZooKeeper } = privateZooKeeper;
      undo.push(() => stopZooKeeper());
    }
    const zooKeeper = options.zooKeeper ?? privateZooKeeper?.connectString ?? "";
    await reach(zooKeeper, options.signal);

    const start = (name: string, command: string[], env: NodeJS.ProcessEnv = {}, cwd = directory) => {
      const child = startChild(name, command, { logFile: join(directory, `${name}.log`), env, cwd });
      children.push(child);
      undo.push(() => child.stop(STOP_GRACE_MS));
      return child;
    };

    options.onProgress("starting the dashboard");
    const dashboardPort = await getPort({
      host: "127.0.0.1",
      ...(options.dashboardPort === undefined ? {} : { port: options.dashboardPort }),
    });
    const dashboardUrl = `http://127.0.0.1:${dashboardPort}`;
    const next = join(ROOT, "node_modules/next/dist/bin/next");
    const nextStart = [process.execPath, next, "start", "-H", "127.0.0.1", "-p", String(dashboardPort)];
    const dashboard = start("dashboard", nextStart, { BOREALIS_ZK: zooKeeper, ...QUIET_NEXT }, WEB);

    options.onProgress("starting two executors, host-a and host-b, with their services");
    const services = new Map<string, string>();
    const stateDirectories = new Map<string, string>();
    const awaited: [url: string, by: Child][] = [[`${dashboardUrl}/livez`, dashboard]];
    await writeJobs(directory);
    for (const [host, instances] of Object.entries(PLACEMENT)) {
      const manifests = join(directory, host, "tasks.d");
      await mkdir(manifests, { recursive: true });
      for (const { job, instance } of instances) {
        const port = await getPort({ host: "127.0.0.1" });
        services.set(`${job}/${instance}`, `http://127.0.0.1:${port}`);
        const manifest = { config: join(directory, `${job}.json`), instance, ports: { http: port } };
        await writeFile(join(manifests, `${job}-${instance}.json`), JSON.stringify(manifest));
      }
      // Names below .localhost lead to this machine, so the endpoints that are announced can be opened.
      const stateDirectory = join(directory, host, "state");
      stateDirectories.set(host, stateDirectory);
      const identity = ["--hostname", `${host}.localhost`, "--state-dir", stateDirectory];
      const agent = borealis("agent", manifests, ...identity, "--as-current-user");
      const executor = start(host, agent, { BOREALIS_ZK: zooKeeper });
      for (const { job, instance } of instances) {
        awaited.push([`${services.get(`${job}/${instance}`)}/health`, executor]);
      }
    }

    options.onProgress("starting a service on its own, and a sidecar that announces it");
    const legacyPort = await getPort({ host: "127.0.0.1" });
    services.set("legacy", `http://127.0.0.1:${legacyPort}`);
    start("legacy-service", [
      process.execPath,
      join(import.meta.dirname, "service.ts"),
      "--name",
      "legacy",
      "--port",
      String(legacyPort),
    ]);
    const checks = ["--initial-interval-secs", "0.5", "--interval-secs", "1"];
    const sidecar = [
      "-P",
      `http:${legacyPort}`,
      "--portmap",
      "health:http",
      "--hostname",
      "host-c.localhost",
      ...checks,
    ];
    start("sidecar", borealis("sidecar", SIDECAR_JOB, ...sidecar), { BOREALIS_ZK: zooKeeper });

    // What we are about to tell people to open and to try has to be there.
    for (const [url, by] of awaited) await untilAnswers(url, by, options.signal);
    return { zooKeeper, dashboardUrl, services, stateDirectories, children, privateZooKeeper, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Said at once, instead of by each executor in its log. */
async function reach(servers: string, signal: AbortSignal): Promise<void> {
  await using session = connectZooKeeper({ servers });
  using deadline = systemClock.deadline(ZOOKEEPER_DEADLINE_MS, signal);
  try {
    await session.connected(deadline.signal);
  } catch (error) {
    if (!deadline.expired) throw error;
    const why = session.status.error ?? `no answer from ${servers}`;
    throw new Error(`${why}; unset BOREALIS_ZK to have a private ZooKeeper started`);
  }
}

function borealis(...args: string[]): string[] {
  return [process.execPath, CLI, "executor", ...args, "--log", "text"];
}

async function writeJobs(directory: string): Promise<void> {
  for (const [name, job] of Object.entries(DEMO_JOBS)) {
    await writeFile(join(directory, `${name}.json`), `${JSON.stringify(job, null, 2)}\n`);
  }
}

async function untilAnswers(url: string, child: Child, signal: AbortSignal): Promise<void> {
  const deadline = systemClock.now() + ANSWER_DEADLINE_MS;
  for (;;) {
    signal.throwIfAborted();
    if (child.ended !== undefined) throw new Error(`${child.name} ${child.ended}:\n${await child.tail(20)}`);
    try {
      if ((await fetch(url, { signal: AbortSignal.timeout(2_000) })).ok) return;
    } catch {
      // Not yet.
    }
    if (systemClock.now() > deadline)
      throw new Error(`${url} did not answer within ${ANSWER_DEADLINE_MS / 1000} s`);
    await systemClock.sleep(100, signal);
  }
}
