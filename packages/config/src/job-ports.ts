import { resolvePorts, staticPort } from "@borealis/schema";

/**
 * The ports that someone has to give a number before the task can run: what the portmap leads to when that is still a
 * name, and what the processes refer to unless the portmap makes a number of it. None for a portmap with a cycle.
 */
export function portsToAllocate(
  portmap: Readonly<Record<string, string | number>>,
  referenced: Iterable<string>,
): readonly string[] {
  const resolved = resolvePorts(portmap, {});
  if ("problem" in resolved) return [];
  const leadsTo = (name: string): string | number => {
    const target = Object.hasOwn(portmap, name) ? portmap[name] : undefined;
    if (target === undefined) return name;
    const port = typeof target === "number" ? target : staticPort(target);
    return port ?? leadsTo(String(target));
  };
  const targets = [...Object.keys(portmap), ...referenced].map(leadsTo);
  const names = targets.filter((target) => typeof target === "string");
  return [...new Set(names)].sort();
}
