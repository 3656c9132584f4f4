import type { Ports } from "./ports.ts";

/** What is known only where the task runs. */
export interface BindContext {
  readonly instance: number;
  readonly hostname: string;
  readonly taskId: string;
  readonly user: string;
  readonly role: string;
  readonly cluster: string;
  readonly ports: Ports;
}

const REFERENCE = /\{\{([^{}]+)\}\}/g;
/** Values that refer to each other would otherwise be replaced for ever. */
const MOST_PASSES = 10;
const PORT_REFERENCE = /^thermos\.ports\[([\w.-]+)\]$/;

/**
 * Replaces the late references of a command line: `{{mesos.instance}}`, `{{mesos.hostname}}`, `{{mesos.role}}`,
 * `{{mesos.cluster}}`, `{{thermos.task_id}}`, `{{thermos.user}}` and `{{thermos.ports[name]}}`.
 * A reference may be part of another: `{{thermos.ports[i_{{mesos.instance}}]}}`.
 * @returns the bound text and the references that have no value; those are left as they stand.
 */
export function bindCommand(
  text: string,
  context: BindContext,
): { text: string; unbound: readonly string[] } {
  const values: Readonly<Record<string, string>> = {
    "mesos.instance": String(context.instance),
    "mesos.hostname": context.hostname,
    "mesos.role": context.role,
    "mesos.cluster": context.cluster,
    "thermos.task_id": context.taskId,
    "thermos.user": context.user,
  };
  let bound = text;
  for (let pass = 0; pass < MOST_PASSES; pass++) {
    const unbound = new Set<string>();
    const before = bound;
    bound = before.replace(REFERENCE, (whole, address: string) => {
      const port = PORT_REFERENCE.exec(address)?.[1];
      const value = port === undefined ? ownValue(values, address) : ownValue(context.ports, port);
      if (value === undefined) unbound.add(whole);
      return value === undefined ? whole : String(value);
    });
    if (bound === before) return { text: bound, unbound: [...unbound] };
  }
  return { text: bound, unbound: [...bound.matchAll(REFERENCE)].map(([whole]) => whole) };
}

/** The same for every text in plain data, names in objects included. */
export function bindTexts<T>(data: T, context: BindContext): { data: T; unbound: readonly string[] } {
  const unbound = new Set<string>();
  const walk = (value: unknown): unknown => {
    if (typeof value === "string") {
      const bound = bindCommand(value, context);
      for (const reference of bound.unbound) unbound.add(reference);
      return bound.text;
    }
    if (Array.isArray(value)) return value.map(walk);
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([name, held]) => [walk(name), walk(held)]));
  };
  return { data: walk(data) as T, unbound: [...unbound] };
}

/** `{{constructor}}` must not become what every object inherits. */
function ownValue<T>(values: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(values, name) ? values[name] : undefined;
}

/** The port names a command line asks for. */
export function portReferences(text: string): readonly string[] {
  const names = new Set<string>();
  for (const [, address = ""] of text.matchAll(REFERENCE)) {
    const port = PORT_REFERENCE.exec(address)?.[1];
    if (port !== undefined) names.add(port);
  }
  return [...names];
}
