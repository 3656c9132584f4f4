/** Milliseconds of the kernel's monotonic clock, which every process of this machine reads alike. */
export function nowMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}
