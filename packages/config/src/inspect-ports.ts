import { type Job, type Ports, portReferences, resolvePorts, staticPort } from "@borealis/schema";

export interface InspectedPort {
  readonly name: string;
  /** The names it stands for, one after the other, and the number at the end if there is one. */
  readonly leadsTo: readonly (string | number)[];
  /** Null as long as nobody gave one. */
  readonly port: number | null;
  readonly referredToBy: readonly string[];
}

/** The port that is checked unless another is named. */
const HEALTH = "health";

type WithPorts = Pick<Job, "task"> &
  Partial<Pick<Job, "announce" | "lifecycle" | "health_check_config" | "health_checks">>;

/** Every port that a job names, gives or refers to, sorted by name. */
export function inspectPorts(
  { task, announce, lifecycle, health_check_config: health, health_checks = [] }: WithPorts,
  given: Ports,
): { readonly ports: readonly InspectedPort[] } | { readonly problem: string } {
  const portmap = announce?.portmap ?? {};
  const resolved = resolvePorts(portmap, given);
  if ("problem" in resolved) return resolved;
  const referrers = new Map<string, string[]>();
  const refer = (name: string, by: string) => referrers.set(name, [...(referrers.get(name) ?? []), by]);
  for (const { name, cmdline } of task.processes) {
    for (const port of portReferences(cmdline)) refer(port, name);
  }
  for (const port of commandPorts(health)) refer(port, "health_check_config");
  for (const check of health_checks) {
    const by = `health_checks ${check.name}`;
    if (asksPort(check)) refer(check.port ?? HEALTH, by);
    for (const port of commandPorts(check)) refer(port, by);
  }
  if (announce !== undefined) refer(announce.primary_port, "announce.primary_port");
  const targets = Object.values(portmap).filter((target) => typeof target === "string");
  const names = new Set([
    ...Object.keys(portmap),
    ...targets.filter((target) => staticPort(target) === undefined),
    ...Object.keys(given),
    ...referrers.keys(),
  ]);
  if (names.has(HEALTH) && asksPort(health)) refer(HEALTH, "health_check_config");
  const told = lifecycle?.http?.port;
  if (told !== undefined && names.has(told)) refer(told, "lifecycle.http.port");
  return {
    ports: [...names].sort().map((name) => {
      const leadsTo = way(name, portmap, given);
      const last = leadsTo.at(-1);
      return {
        name,
        leadsTo,
        port: typeof last === "number" ? last : null,
        referredToBy: referrers.get(name) ?? [],
      };
    }),
  };
}

type Check = Pick<Job["health_check_config"], "health_checker">;

/** A command asks no port, but it may name some. */
function asksPort(check: Check | undefined): boolean {
  return check?.health_checker.shell === undefined;
}

function commandPorts(check: Check | undefined): readonly string[] {
  return portReferences(check?.health_checker.shell?.shell_command ?? "");
}

/** Cycles were refused before. */
function way(
  name: string,
  portmap: Readonly<Record<string, string | number>>,
  given: Ports,
): (string | number)[] {
  const target = Object.hasOwn(given, name)
    ? given[name]
    : Object.hasOwn(portmap, name)
      ? portmap[name]
      : undefined;
  if (target === undefined) return [];
  const port = typeof target === "number" ? target : staticPort(target);
  return port === undefined ? [String(target), ...way(String(target), portmap, given)] : [port];
}
