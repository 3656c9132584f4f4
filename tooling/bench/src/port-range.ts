import { readFile } from "node:fs/promises";

/** `count` ports from `first` on. */
export interface PortRange {
  readonly first: number;
  readonly count: number;
}

const LOWEST = 20_000;
const STEP = 1_000;
/** Where the kernel begins to choose ports of its own, unless told otherwise. */
const EPHEMERAL = 32_768;

/**
 * Ports on which nothing of this machine listens. Looked up rather than tried: HAProxy shares its ports with whoever
 * lets it, and two servers on one port would each get half of the checks.
 */
export async function freePorts(count: number): Promise<PortRange> {
  const tables = await Promise.all(
    ["/proc/net/tcp", "/proc/net/tcp6"].map((file) => readFile(file, "utf8").catch(() => "")),
  );
  const taken = tables.flatMap((table) =>
    [...table.matchAll(/^\s*\d+: [0-9A-F]+:([0-9A-F]{4}) [0-9A-F]+:[0-9A-F]{4} 0A /gm)].map(([, port]) =>
      Number.parseInt(port ?? "", 16),
    ),
  );
  // From above: people who choose a port by hand begin below.
  for (let first = EPHEMERAL - count; first >= LOWEST; first -= STEP) {
    if (!taken.some((port) => port >= first && port < first + count)) return { first, count };
  }
  throw new Error(`no ${count} free ports in a row between ${LOWEST} and ${EPHEMERAL}`);
}
