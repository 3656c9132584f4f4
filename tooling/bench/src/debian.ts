import { execFile, spawnSync } from "node:child_process";
import { promisify } from "node:util";

const run = promisify(execFile);
const DEADLINE_MS = 120_000;

/** Installs packages for which `isThere` is false. @returns whether it is there then; tells why it is not. */
export async function ensurePackages(
  packages: readonly string[],
  isThere: () => boolean,
  tell: (text: string) => void,
): Promise<boolean> {
  if (isThere()) return true;
  const names = packages.join(" ");
  if (process.getuid?.() !== 0 || spawnSync("apt-get", ["--version"]).status !== 0) {
    tell(`${names} missing and not to be had (apt-get install ${names}, as root): going on without`);
    return false;
  }
  tell(`installing ${names}`);
  const options = { timeout: DEADLINE_MS, env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" } };
  await run("apt-get", ["update"], options).catch(() => {});
  await run("apt-get", ["install", "-y", "--no-install-recommends", ...packages], options).catch(() => {});
  if (isThere()) return true;
  tell(`${names} could not be installed: going on without`);
  return false;
}
