import { join } from "node:path";

const MEGABYTE = 1024 ** 2;
const service = join(import.meta.dirname, "service.ts");

/** Fast enough to watch; Aurora's defaults would take 15 s to show a first check. */
const QUICK_CHECKS = {
  initial_interval_secs: 0.5,
  interval_secs: 1,
  timeout_secs: 1,
  max_consecutive_failures: 0,
  // Who watches is to see it come back.
  on_unhealthy: "withdraw",
};

interface DemoJob {
  readonly role: string;
  readonly environment: string;
  readonly name: string;
  readonly instances?: number;
  readonly serviceArguments?: string;
}

/** A service whose one port is `http`, checked under the name `health`. */
function serviceJob(job: DemoJob): object {
  const command = `exec '${process.execPath}' '${service}' --name ${job.name} --port {{thermos.ports[http]}}`;
  return {
    cluster: "demo",
    role: job.role,
    environment: job.environment,
    name: job.name,
    contact: "demo@example.com",
    instances: job.instances ?? 1,
    service: true,
    announce: { portmap: { health: "http", aurora: "http" } },
    health_check_config: QUICK_CHECKS,
    task: {
      processes: [{ name: "server", cmdline: `${command} ${job.serviceArguments ?? ""}`.trim() }],
      resources: { cpu: 0.1, ram: 64 * MEGABYTE, disk: 64 * MEGABYTE },
    },
  };
}

/** Ordered processes and nothing to check: announced as soon as it runs. */
const worker = {
  cluster: "demo",
  role: "batch",
  environment: "devel",
  name: "worker",
  announce: {},
  task: {
    name: "worker",
    processes: [
      { name: "prepare", cmdline: "echo 'made by prepare' > input" },
      {
        name: "work",
        cmdline: `cat input; exec '${process.execPath}' '${service}' --name worker --port {{thermos.ports[http]}}`,
      },
      { name: "clean up", cmdline: "rm -f input", final: true },
    ],
    constraints: [{ order: ["prepare", "work"] }],
    resources: { cpu: 0.1, ram: 64 * MEGABYTE, disk: 64 * MEGABYTE },
  },
};

export const DEMO_JOBS = {
  hello: serviceJob({ role: "www-data", environment: "prod", name: "hello", instances: 3 }),
  toggle: serviceJob({ role: "www-data", environment: "staging1", name: "toggle" }),
  flapper: serviceJob({
    role: "www-data",
    environment: "devel",
    name: "flapper",
    serviceArguments: "--flap",
  }),
  worker,
} as const;

/** What runs where: two hosts, and beside them a sidecar for a service that something else started. */
export const PLACEMENT = {
  "host-a": [
    { job: "hello", instance: 0 },
    { job: "hello", instance: 1 },
    { job: "flapper", instance: 0 },
  ],
  "host-b": [
    { job: "hello", instance: 2 },
    { job: "toggle", instance: 0 },
    { job: "worker", instance: 0 },
  ],
} as const satisfies Record<string, readonly { job: keyof typeof DEMO_JOBS; instance: number }[]>;

export const SIDECAR_JOB = "legacy/test/search";
