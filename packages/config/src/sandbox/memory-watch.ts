import { readFileSync } from "node:fs";
import type { Clock } from "@borealis/clock";

const LOOK_EVERY_MS = 50;

/**
 * Looks how much memory a process holds and tells when that is too much. The limits inside of the process see only the
 * heap of V8 and that of WebAssembly; buffers are in neither.
 */
export function watchMemory(pid: number, mostBytes: number, clock: Clock, tooMuch: () => void): Disposable {
  let cancel = clock.after(LOOK_EVERY_MS, look);
  function look() {
    const bytes = residentBytes(pid);
    if (bytes === undefined) return;
    if (bytes > mostBytes) tooMuch();
    else cancel = clock.after(LOOK_EVERY_MS, look);
  }
  return { [Symbol.dispose]: () => cancel() };
}

/** Undefined when the process is gone, or the system has no /proc. */
function residentBytes(pid: number): number | undefined {
  try {
    const kilobytes = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
    return kilobytes === undefined ? undefined : Number(kilobytes) * 1024;
  } catch {
    return undefined;
  }
}
