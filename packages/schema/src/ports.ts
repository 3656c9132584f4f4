/** Port numbers by name. */
export type Ports = Readonly<Record<string, number>>;

/**
 * Joins the portmap of an announcer with the ports a task was given: every name that leads to a number gets it.
 * A given port wins over an alias of the same name; names that lead nowhere are listed in `unresolved`.
 * Facts: Aurora's `port_resolver.py`.
 */
export function resolvePorts(
  portmap: Readonly<Record<string, string | number>>,
  given: Ports,
): { ports: Ports; unresolved: readonly string[] } | { problem: string } {
  const targets = new Map<string, string | number>([...Object.entries(portmap), ...Object.entries(given)]);
  const ports = new Map<string, number>();
  const unresolved: string[] = [];
  for (const name of targets.keys()) {
    const visited = new Set<string>();
    let target: string | number | undefined = name;
    while (typeof target === "string") {
      if (visited.has(target))
        return { problem: `Found cycle in portmap! ${[...visited, target].join(" -> ")}` };
      visited.add(target);
      const next = targets.get(target);
      target = typeof next === "string" ? (staticPort(next) ?? next) : next;
    }
    if (target === undefined) unresolved.push(name);
    else ports.set(name, target);
  }
  return { ports: Object.fromEntries(ports), unresolved };
}

/** The number a portmap's text stands for, as Python's `int()` reads it; undefined for a name. */
export function staticPort(text: string): number | undefined {
  return /^\s*[+-]?\d+\s*$/.test(text) ? Number(text) : undefined;
}
