import { spawnSync } from "node:child_process";
import { resolve } from "node:path";
import { QUIET_NEXT } from "./demo.ts";

const ROOT = resolve(import.meta.dirname, "../../..");

/** Nothing is built when nothing has changed. @throws Error with what the build printed. */
export function buildDashboard(): void {
  const turbo = [
    "node_modules/.bin/turbo",
    "run",
    "build",
    "--filter=@borealis/web",
    "--output-logs=errors-only",
  ];
  const built = spawnSync(process.execPath, turbo, {
    cwd: ROOT,
    encoding: "utf8",
    env: { ...process.env, ...QUIET_NEXT, TURBO_TELEMETRY_DISABLED: "1" },
  });
  if (built.status !== 0)
    throw new Error(`the dashboard could not be built:\n${built.stdout}${built.stderr}`);
}
