import type { Clock } from "@borealis/clock";
import type { RunAs } from "@borealis/processes";
import {
  AURORA_ROLES,
  type CheckRole,
  type HealthCheck,
  type HealthCheckConfig,
  type Ports,
} from "@borealis/schema";
import type { CheckSpec } from "./check-spec.ts";
import { commandProbe } from "./command/command-probe.ts";
import { grpcProbe } from "./grpc/grpc-probe.ts";
import { httpProbe } from "./http/http-probe.ts";
import type { SharedHttp } from "./http/shared-http.ts";
import { familyOf, httpQuestion } from "./http-question.ts";
import type { Probe } from "./probes/probe.ts";
import { tcpProbe } from "./probes/tcp-probe.ts";
import { healthRule } from "./rules/health-rule.ts";
import { readTlsFiles } from "./tls-files.ts";

/** The port that Aurora checks, and the name of its check. */
const HEALTH = "health";

interface Configuration {
  readonly healthCheck: HealthCheckConfig;
  readonly healthChecks: readonly HealthCheck[];
  /** Every name that leads to a number. */
  readonly ports: Ports;
}

export interface ChecksOptions extends Configuration {
  /** False for what somebody else runs: then an unhealthy verdict can only withdraw. */
  readonly canFailTask: boolean;
  /** How commands are run. */
  readonly command: {
    readonly user: string;
    readonly runAs?: RunAs;
    readonly directory?: string;
  };
}

export interface ChecksDeps {
  readonly clock: Clock;
  readonly dispatcher?: SharedHttp;
}

/** Whether there is a check at all. */
export function isChecked({ healthCheck, healthChecks, ports }: Configuration): boolean {
  return healthChecks.length > 0 || hasOwnCheck(healthCheck, ports);
}

/** One that is asked for by name is made, or refused for want of a port, but never left out. */
function hasOwnCheck({ health_checker: checker = {} }: HealthCheckConfig, ports: Ports): boolean {
  const { shell, tcp, grpc } = checker;
  return ports[HEALTH] !== undefined || (shell ?? tcp ?? grpc) !== undefined;
}

/**
 * The checks of an instance: that of `health_check_config` when there is a port named `health`, or when it asks for
 * something else than HTTP, and those of `health_checks`.
 * @throws Error with a sentence: a port without a number, a file that can not be read.
 */
export async function checksOf(options: ChecksOptions, deps: ChecksDeps): Promise<readonly CheckSpec[]> {
  const { healthCheck, healthChecks, ports } = options;
  const checks: CheckSpec[] = [];
  if (hasOwnCheck(healthCheck, ports)) {
    checks.push(await specOf(HEALTH, { ...healthCheck, roles: [...AURORA_ROLES] }, options, deps));
  }
  for (const check of healthChecks) checks.push(await specOf(check.name, check, options, deps));
  return checks;
}

type Configured = HealthCheckConfig & Partial<Pick<HealthCheck, "port" | "roles">>;

async function specOf(
  name: string,
  config: Configured,
  options: ChecksOptions,
  deps: ChecksDeps,
): Promise<CheckSpec> {
  const roles: readonly CheckRole[] = config.roles ?? AURORA_ROLES;
  const wanted =
    config.on_unhealthy ?? (roles.every((role) => role === "readiness") ? "withdraw" : "fail_task");
  const onUnhealthy = options.canFailTask ? wanted : "withdraw";
  const question = await questionOf(config, options, deps).catch((error: unknown) => {
    throw new Error(`check "${name}": ${(error as Error).message}`, { cause: error });
  });
  return {
    name,
    roles,
    onUnhealthy,
    rule: healthRule(config, { final: onUnhealthy === "fail_task" }),
    // By the grace policy, failures are forgiven in its place.
    initialDelayMs: config.policy === "grace" ? 0 : config.initial_interval_secs * 1000,
    intervalMs: config.interval_secs * 1000,
    timeoutMs: Math.round(config.timeout_secs * 1000),
    ...question,
  };
}

async function questionOf(
  { health_checker: checker = {}, port: portName = HEALTH }: Configured,
  { ports, command }: ChecksOptions,
  deps: ChecksDeps,
): Promise<Pick<CheckSpec, "type" | "target" | "probe">> {
  const { shell, grpc, tcp, http } = checker;
  if (shell !== undefined) {
    const asked = { ...command, command: shell.shell_command };
    return { type: "command", target: shell.shell_command, probe: () => commandProbe(asked, deps) };
  }
  const port = ports[portName];
  if (port === undefined) {
    const known = Object.keys(ports).join(", ") || "none";
    throw new Error(
      `its port "${portName}" has no number (known: ${known}); give it with -P ${portName}:<port>`,
    );
  }
  if (grpc !== undefined) {
    const tls = grpc.use_tls === true ? { tls: await readTlsFiles(grpc.tls ?? {}, command.runAs) } : {};
    const service = grpc.service === undefined ? {} : { service: grpc.service };
    const asked = { port, ...tls, ...service, ...familyOf(grpc.address_family) };
    return {
      type: "grpc",
      target: `localhost:${port}/${grpc.service ?? ""}`,
      probe: () => grpcProbe(asked, deps),
    };
  }
  if (tcp !== undefined) {
    const asked = { port, ...familyOf(tcp.address_family) };
    return { type: "tcp", target: `localhost:${port}`, probe: () => tcpProbe(asked, deps) };
  }
  const { endpoint = "/health", expected_response = "ok", expected_response_code = 0 } = http ?? {};
  const question = httpQuestion({ ...http, endpoint, expected_response, expected_response_code }, port);
  const tls = http?.tls === undefined ? {} : { tls: await readTlsFiles(http.tls, command.runAs) };
  return {
    type: "http",
    target: `${question.scheme ?? "http"}://localhost:${port}${question.path}`,
    probe: (): Probe => httpProbe({ ...question, ...tls }, deps),
  };
}
