import { execFile, spawnSync } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { ensurePackages } from "./debian.ts";
import { PeerProcess } from "./peer-process.ts";

const run = promisify(execFile);
/** Debian's Python: another one on the PATH does not see Debian's packages. */
const PYTHON = "/usr/bin/python3";
const DEADLINE_MS = 120_000;

export interface Kazoo {
  readonly name: string;
  /** Runs a script that prints one number per line. */
  numbers(script: string, args: readonly string[]): Promise<number[]>;
  /** Starts a program of `src/peers`. */
  start(program: string, args: readonly string[]): PeerProcess;
}

/** The Python client that Aurora itself used; installed from Debian when missing and possible, else undefined. */
export async function findKazoo(tell: (text: string) => void): Promise<Kazoo | undefined> {
  if (!(await ensurePackages(["python3-kazoo"], hasKazoo, tell))) return undefined;
  const { stdout } = await run(PYTHON, ["-c", "import kazoo.version; print(kazoo.version.__version__)"]);
  return {
    name: `kazoo ${stdout.trim()}`,
    numbers: async (script, args) => {
      const { stdout: printed } = await run(PYTHON, ["-c", script, ...args], { timeout: DEADLINE_MS });
      return printed.trim().split("\n").map(Number);
    },
    start: (program, args) => new PeerProcess(PYTHON, [join(import.meta.dirname, "peers", program), ...args]),
  };
}

function hasKazoo(): boolean {
  return spawnSync(PYTHON, ["-c", "import kazoo"], { stdio: "ignore" }).status === 0;
}
