/** One value that differs. On the side that has none, the attribute is absent. */
export interface Change {
  /** Processes stand by name: `task.processes[web].cmdline`; what one waits for is `task.after[web]`. */
  readonly path: string;
  readonly before?: unknown;
  readonly after?: unknown;
}

/** Every difference of two trees of plain values; a `Map` in them is a list whose items have names. */
export function changesBetween(before: unknown, after: unknown, path = ""): readonly Change[] {
  if (before instanceof Map && after instanceof Map) {
    return unionOf(before, after).flatMap((name) =>
      changesBetween(before.get(name), after.get(name), `${path}[${String(name)}]`),
    );
  }
  if (Array.isArray(before) && Array.isArray(after) && !isTextList(before) && !isTextList(after)) {
    const length = Math.max(before.length, after.length);
    return Array.from({ length }, (_, index) =>
      changesBetween(before[index], after[index], `${path}[${index}]`),
    ).flat();
  }
  if (isRecord(before) && isRecord(after)) {
    const [old, fresh] = [new Map(Object.entries(before)), new Map(Object.entries(after))];
    return unionOf(old, fresh).flatMap((name) =>
      changesBetween(old.get(name), fresh.get(name), step(path, name)),
    );
  }
  return isSame(before, after) ? [] : [changeAt(path, before, after)];
}

function changeAt(path: string, before: unknown, after: unknown): Change {
  return {
    path,
    ...(before === undefined ? {} : { before }),
    ...(after === undefined ? {} : { after }),
  };
}

/** Compared as a whole: an item put in at the front would otherwise change all. */
function isTextList(list: readonly unknown[]): boolean {
  return list.length > 0 && list.every((item) => typeof item === "string");
}

function isSame(before: unknown, after: unknown): boolean {
  return JSON.stringify(before) === JSON.stringify(after);
}

function unionOf<K>(before: ReadonlyMap<K, unknown>, after: ReadonlyMap<K, unknown>): K[] {
  return [...new Set([...before.keys(), ...after.keys()])];
}

function step(path: string, name: string): string {
  if (!/^[\w-]+$/.test(name)) return `${path}[${JSON.stringify(name)}]`;
  return path === "" ? name : `${path}.${name}`;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Map);
}
