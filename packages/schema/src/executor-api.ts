import { z } from "zod";
import { snoozeSchema } from "./check-report.ts";
import { identifier } from "./identifier.ts";
import { ANNOUNCE_STATES, HEALTH_STATES, PROCESS_STATES, TASK_STATES } from "./states.ts";

const epochMs = z.number().int().min(0);
const port = z.number().int().min(0).max(65_535);

/** What the last verdict on an instance's health was. `since` and `checkedAt` are milliseconds since the Unix epoch. */
export const healthReportSchema = z.object({
  state: z.enum(HEALTH_STATES),
  since: epochMs,
  consecutiveFailures: z.number().int().min(0),
  /** Why the last check failed, in words; absent after a pass. */
  reason: z.string().optional(),
  checkedAt: epochMs.optional(),
  /** Somebody holds the state until then, or a file `.healthchecksnooze` does. */
  snooze: snoozeSchema
    .pick({ until: true, author: true, reason: true, pause: true })
    .partial({ until: true })
    .extend({
      /** What it would be without. */
      stateUnsnoozed: z.enum(HEALTH_STATES),
    })
    .optional(),
});

export const announceReportSchema = z.object({
  state: z.enum(ANNOUNCE_STATES),
  since: epochMs,
  /** `member_0000000012`, while ZooKeeper holds it. */
  member: z.string().optional(),
});

export const processReportSchema = z.object({
  name: z.string(),
  state: z.enum(PROCESS_STATES),
  /** Number of the latest run, from 0. */
  run: z.number().int().min(0),
  pid: z.number().int().optional(),
  /** Exit status of the latest ended run; absent while it runs or when a signal ended it. */
  exitCode: z.number().int().optional(),
  signal: z.string().optional(),
  /** Why there is neither exit status nor signal: it could not be started, or nobody saw it end. */
  reason: z.string().optional(),
  /** Of the run that is live, or else of the latest ended one: milliseconds since the Unix epoch. */
  startedAt: z.number().min(0).optional(),
  /** Of the latest ended run; absent while one is live. */
  endedAt: z.number().min(0).optional(),
  /** Runs that failed so far; absent when none has. */
  failures: z.number().int().min(0).optional(),
});

/** What a task uses, beside what it may use: cores and bytes; absent where the host does not tell. */
export const resourceReportSchema = z.object({
  cpu: z.number().min(0).optional(),
  ramBytes: z.number().min(0).optional(),
  diskBytes: z.number().min(0).optional(),
  processes: z.number().min(0).optional(),
  limits: z.object({ cpu: z.number(), ramBytes: z.number(), diskBytes: z.number() }).optional(),
  /** Sentences: what of the limits this host does not hold a task to, and why. */
  notEnforced: z.array(z.string()).optional(),
});

/** One step of taking an instance down; `plannedMs` is the most it may take. */
export const stopStepSchema = z.object({
  step: z.string(),
  startedAt: epochMs,
  plannedMs: z.number().min(0),
  endedAt: epochMs.optional(),
  /** What came of it, in words. */
  outcome: z.string().optional(),
});

/** How often an instance's task was started again, and when it will be. */
export const restartReportSchema = z.object({
  count: z.number().int().min(0),
  /** THROTTLED: the next task starts then. */
  throttledUntil: epochMs.optional(),
  /** How the task before this one ended. */
  last: z
    .object({
      taskId: z.string(),
      taskState: z.enum(TASK_STATES),
      reason: z.string().optional(),
      at: epochMs,
    })
    .optional(),
});

/**
 * What an executor says of one instance: three truths kept apart, task state × health × announced.
 * The data of `/borealis/jobs/<role>/<env>/<job>/instances/<n>` and an element of `GET /v1/instances`.
 */
export const instanceRecordSchema = z.object({
  role: identifier,
  environment: identifier,
  job: identifier,
  instance: z.number().int().min(0),
  taskId: z.string(),
  /** `run`: the executor runs the task's processes. `sidecar`: something else does. */
  mode: z.enum(["run", "sidecar"]),
  host: z.string(),
  ports: z.record(z.string(), port),
  taskState: z.enum(TASK_STATES),
  /** Why the task is in that state, when there is more to say than the state itself. */
  taskReason: z.string().optional(),
  health: healthReportSchema,
  announced: announceReportSchema,
  processes: z.array(processReportSchema),
  resources: resourceReportSchema.optional(),
  /** Absent until a task was started again, or is to be. */
  restarts: restartReportSchema.optional(),
  /** Absent until it is being taken down. */
  stopping: z.array(stopStepSchema).optional(),
  executorUrl: z.url(),
  startedAt: epochMs,
  updatedAt: epochMs,
});

/** The data of `/borealis/executors/<id>` and the answer of `GET /v1/executor`. */
export const executorRecordSchema = z.object({
  id: z.string(),
  host: z.string(),
  url: z.url(),
  version: z.string(),
  pid: z.number().int(),
  startedAt: epochMs,
});

/**
 * The data of `/borealis/jobs/<role>/<env>/<job>`.
 * `config` is the job with all defaults; a sidecar that was given none writes null.
 */
export const jobRecordSchema = z.object({
  /** SHA-256 of the canonical JSON of `config`, hexadecimal. */
  hash: z.string(),
  instances: z.number().int().min(0),
  config: z.record(z.string(), z.unknown()).nullable(),
});

/** `GET /v1/events`: something that happened in an executor, newest last. */
export const executorEventSchema = z.object({
  at: epochMs,
  /** `role/environment/job/instance`, or absent for the executor itself. */
  instance: z.string().optional(),
  kind: z.enum(["task", "process", "health", "announce", "claim", "session", "stop"]),
  text: z.string(),
});

export type HealthReport = z.output<typeof healthReportSchema>;
export type AnnounceReport = z.output<typeof announceReportSchema>;
export type ProcessReport = z.output<typeof processReportSchema>;
export type ResourceReport = z.output<typeof resourceReportSchema>;
export type StopStep = z.output<typeof stopStepSchema>;
export type RestartReport = z.output<typeof restartReportSchema>;
export type InstanceRecord = z.output<typeof instanceRecordSchema>;
export type ExecutorRecord = z.output<typeof executorRecordSchema>;
export type JobRecord = z.output<typeof jobRecordSchema>;
export type ExecutorEvent = z.output<typeof executorEventSchema>;
