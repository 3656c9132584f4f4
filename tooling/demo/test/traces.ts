import { existsSync, readdirSync, readFileSync } from "node:fs";

/** Processes that have this directory in their command line, environment or working directory. */
export function processesOf(directory: string): string[] {
  const pids = readdirSync("/proc").filter((name) => /^\d+$/.test(name) && name !== String(process.pid));
  return pids.filter((pid) => mentions(pid, directory)).map((pid) => `${pid} ${read(pid, "cmdline")}`);
}

function mentions(pid: string, directory: string): boolean {
  return read(pid, "cmdline").includes(directory) || read(pid, "environ").includes(directory);
}

function read(pid: string, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, "utf8").replaceAll("\0", " ");
  } catch {
    // Gone meanwhile, or a kernel thread.
    return "";
  }
}

export function filesIn(directory: string): string[] {
  return existsSync(directory) ? readdirSync(directory) : [];
}
