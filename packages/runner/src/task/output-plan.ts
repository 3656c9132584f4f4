import { join } from "node:path";
import type { Process } from "@borealis/schema";
import type { OutputPlan } from "../keeper/keeper.ts";

const DEFAULT_BYTES = 100 * 1024 ** 2;
const DEFAULT_BACKUPS = 5;

/** What becomes of the output of one run, as its process's `logger` says; `file` without one. */
export function outputPlans(
  logger: Process["logger"],
  logs: string,
): { readonly stdout: OutputPlan; readonly stderr: OutputPlan } {
  const { destination = "file", mode = "standard", rotate } = logger ?? {};
  const plan = (stream: string): OutputPlan => ({
    console: destination === "console" || destination === "both",
    ...(destination === "file" || destination === "both" ? { file: join(logs, stream) } : {}),
    ...(mode === "rotate"
      ? { rotate: { bytes: rotate?.log_size ?? DEFAULT_BYTES, backups: rotate?.backups ?? DEFAULT_BACKUPS } }
      : {}),
  });
  return { stdout: plan("stdout"), stderr: plan("stderr") };
}
