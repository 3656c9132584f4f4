import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, realpathSync } from "node:fs";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { SetupError } from "./setup-error.mjs";
import { step } from "./step.mjs";

export const root = fileURLToPath(new URL("../..", import.meta.url));
const bin = join(root, "node_modules", ".bin");

export function nodeBinary() {
  return realpathSync(join(bin, "node"));
}

export async function ensureDependencies() {
  const works = nodeRuns();
  if (works && isInstalled()) return;
  // NODE_ENV=production on the host would leave out the dev dependencies, Node 24 among them.
  const args = ["ci", "--include=dev", "--loglevel=error", "--no-audit", "--no-fund"];
  await step("Installing dependencies", "npm", args, {
    cwd: root,
    env: { ...process.env, PATH: hostPath() },
    advice: "Check the network and the npm registry, then run the same command again.",
  });
  if (!nodeRuns()) {
    throw new SetupError(
      `${join(bin, "node")} does not run Node 24 although npm ci succeeded: the install script of the "node" ` +
        'package did not run. Check that "npm config get ignore-scripts" says false, then try again.',
    );
  }
}

/**
 * npm keeps in node_modules a list of what is really there, whoever ran it and with whichever command: comparing it
 * with the lockfile finds a changed lockfile and an interrupted install, and spares a hand-made `npm install`.
 */
function isInstalled() {
  const wanted = packagesIn(join(root, "package-lock.json"));
  const present = packagesIn(join(root, "node_modules", ".package-lock.json"));
  if (wanted === undefined)
    throw new SetupError(`${root} holds no readable package-lock.json: restore it from git.`);
  if (present === undefined) return false;
  return Object.entries(wanted).every(([path, { version, resolved, link, optional }]) => {
    if (!path.includes("node_modules/")) return true;
    const found = present[path];
    // An optional package for another platform is locked and rightly absent.
    if (found === undefined) return optional === true;
    return link ? found.link === true && found.resolved === resolved : found.version === version;
  });
}

function packagesIn(file) {
  try {
    return JSON.parse(readFileSync(file, "utf8")).packages;
  } catch {
    return undefined;
  }
}

function nodeRuns() {
  const node = join(bin, "node");
  if (!existsSync(node)) return false;
  const { stdout, status } = spawnSync(node, ["--version"], { encoding: "utf8", timeout: 20_000 });
  return status === 0 && stdout.startsWith("v24.");
}

// `npm run` puts node_modules/.bin in front: npm would run on the very Node that it is about to replace.
function hostPath() {
  const parts = (process.env.PATH ?? "").split(delimiter);
  return parts.filter((part) => !part.endsWith(join("node_modules", ".bin"))).join(delimiter);
}
