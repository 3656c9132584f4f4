/** What a task may use, in cores and bytes. */
export interface ResourceLimits {
  readonly cpu: number;
  readonly ramBytes: number;
  readonly diskBytes: number;
  /** Threads count as well. Aurora has no word for it: without, there is no limit. */
  readonly processes?: number;
}

/** What it uses: `cpu` in cores since the last sample, the rest in bytes and processes. */
export interface ResourceUse {
  readonly at: number;
  readonly cpu?: number;
  readonly cpuMs?: number;
  readonly ramBytes?: number;
  readonly processes?: number;
  readonly diskBytes?: number;
}
