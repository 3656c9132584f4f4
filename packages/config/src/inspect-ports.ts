import { type Job, type Ports, portReferences, resolvePorts, staticPort } from "@borealis/schema";

export interface InspectedPort {
  readonly name: string;
  /** The names it stands for, one after the other, and the number at the end if there is one. */
  readonly leadsTo: readonly (string | number)[];
  /** Null as long as nobody gave one. */
  readonly port: number | null;
  readonly referredToBy: readonly string[];
}

type WithPorts = Pick<Job, "task"> & Partial<Pick<Job, "announce" | "lifecycle" | "health_check_config">>;

/** Every port that a job names, gives or refers to, sorted by name. */
export function inspectPorts(
  { task, announce, lifecycle, health_check_config: health }: WithPorts,
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
  if (announce !== undefined) refer(announce.primary_port, "announce.primary_port");
  const targets = Object.values(portmap).filter((target) => typeof target === "string");
  const names = new Set([
    ...Object.keys(portmap),
    ...targets.filter((target) => staticPort(target) === undefined),
    ...Object.keys(given),
    ...referrers.keys(),
  ]);
  // A shell check asks no port.
  const asksPort = health?.health_checker.shell === undefined;
  if (names.has("health") && asksPort) refer("health", "health_check_config");
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
