import type { TaskHeader, TaskRecord } from "../../src/checkpoint/checkpoint.ts";
import { headerLine, recordLine } from "../../src/checkpoint/checkpoint-lines.ts";
import type { TaskMachine } from "../../src/core/task.ts";

export const TASK_ID = "www-prod-hello-0-1234";

export const HEADER: TaskHeader = {
  taskId: TASK_ID,
  instance: "www/prod/hello/0",
  startedAt: 1_700_000_000_000,
  bootId: "2c4d",
  bootEpoch: 1_699_999_000_000.25,
  user: "www",
  sandbox: "/nowhere/sandboxes/www-prod-hello-0-1234",
  ports: { http: 31_337 },
  environment: { LANG: "C.UTF-8" },
  cgroups: ["/sys/fs/cgroup/borealis/t"],
  task: { name: "hello", processes: [{ name: "wëb", cmdline: "echo '\n' \u0000" }] },
};

/** A machine that does nothing but count, and records that make it count. */
export function counted(count: number): TaskMachine {
  return {
    stage: "ACTIVE",
    plan: { regular: [], final: [], maxFailures: 1, maxConcurrency: 0, finalizationWaitMs: 0 },
    processes: [{ name: "counter", state: "WAITING", run: 0, failures: count }],
    hurried: false,
  };
}

export function countEvent(number: number): TaskRecord {
  const event = {
    type: "startFailed",
    process: "counter",
    run: number,
    reason: "x".repeat(number % 40),
  } as const;
  return { at: HEADER.startedAt + number, event };
}

export function executorRecord(pid: number, at: number = HEADER.startedAt): TaskRecord {
  return { at, executor: { pid, bootId: "2c4d" } };
}

/** What a reader comes to know: how far it was counted, and whose it is. */
export function known(records: readonly TaskRecord[]): { count: number; holder: number | undefined } {
  let count = 0;
  let holder: number | undefined;
  for (const record of records) {
    if ("event" in record) count += 1;
    if ("snapshot" in record) count = record.snapshot.processes[0]?.failures ?? 0;
    if ("executor" in record) holder = record.executor.pid;
  }
  return { count, holder };
}

export function written(records: readonly TaskRecord[]): Buffer {
  return Buffer.concat([headerLine(HEADER), ...records.map(recordLine)]);
}
