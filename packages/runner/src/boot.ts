import { readFileSync } from "node:fs";

let known: string | undefined;

/** What ran under another one is gone, and CLOCK_MONOTONIC began anew. */
export function bootId(): string {
  known ??= readFileSync("/proc/sys/kernel/random/boot_id", "latin1").trim();
  return known;
}
