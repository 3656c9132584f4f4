import { execFile, spawnSync } from "node:child_process";
import { promisify } from "node:util";

const run = promisify(execFile);
/** Debian's Python: another one on the PATH does not see Debian's packages. */
const PYTHON = "/usr/bin/python3";
const DEADLINE_MS = 120_000;

export interface Kazoo {
  readonly name: string;
  /** Runs a script that prints one number per line. */
  numbers(script: string, args: readonly string[]): Promise<number[]>;
}

/** The Python client that Aurora itself used; installed from Debian when missing and possible, else undefined. */
export async function findKazoo(tell: (text: string) => void): Promise<Kazoo | undefined> {
  if (!hasKazoo()) {
    if (process.getuid?.() !== 0 || spawnSync("apt-get", ["--version"]).status !== 0) {
      tell(
        "kazoo is not installed and can not be (apt-get install python3-kazoo, as root): going on without it",
      );
      return undefined;
    }
    tell("installing python3-kazoo");
    const options = { timeout: DEADLINE_MS, env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" } };
    await run("apt-get", ["update"], options).catch(() => {});
    await run("apt-get", ["install", "-y", "--no-install-recommends", "python3-kazoo"], options).catch(
      () => {},
    );
    if (!hasKazoo()) {
      tell("python3-kazoo could not be installed: going on without it");
      return undefined;
    }
  }
  const { stdout } = await run(PYTHON, ["-c", "import kazoo.version; print(kazoo.version.__version__)"]);
  return {
    name: `kazoo ${stdout.trim()}`,
    numbers: async (script, args) => {
      const { stdout: printed } = await run(PYTHON, ["-c", script, ...args], { timeout: DEADLINE_MS });
      return printed.trim().split("\n").map(Number);
    },
  };
}

function hasKazoo(): boolean {
  return spawnSync(PYTHON, ["-c", "import kazoo"], { stdio: "ignore" }).status === 0;
}
