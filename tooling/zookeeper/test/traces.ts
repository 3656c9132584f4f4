import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { createServer } from "node:net";

/** Facts about what a private ZooKeeper leaves on the machine. */

export function isRunning(pid: number): boolean {
  try {
    // A zombie still answers signals, but is as dead as its parent lets it be.
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return false;
  }
}

export function directoriesIn(temporary: string): string[] {
  return readdirSync(temporary);
}

/** The keepers that watch over a directory below `temporary`. */
export function keepersOf(temporary: string): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      const words = commandLine(pid);
      return words[3] === "borealis-zookeeper-keeper" && words[4]?.startsWith(`${temporary}/`);
    })
    .map(Number);
}

function commandLine(pid: string): string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0");
  } catch {
    return [];
  }
}

export function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
  });
}

/** Undefined for what was closed since it was listed. */
function linkOf(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
}

/** The IPv4 addresses on which a process listens, from the kernel's own table. */
export function listeningAddresses(pid: number): Set<string> {
  const sockets = new Set(readdirSync(`/proc/${pid}/fd`).map((fd) => linkOf(`/proc/${pid}/fd/${fd}`)));
  const addresses = new Set<string>();
  for (const line of readFileSync(`/proc/${pid}/net/tcp`, "utf8").split("\n").slice(1)) {
    const [, local = "", , state, , , , , , inode] = line.trim().split(/\s+/);
    if (state !== "0A" || !sockets.has(`socket:[${inode}]`)) continue;
    const bytes = local.slice(0, 8).match(/../g) ?? [];
    addresses.add(
      bytes
        .reverse()
        .map((byte) => Number.parseInt(byte, 16))
        .join("."),
    );
  }
  return addresses;
}
