import { z } from "zod";
import { CHECK_ROLES, UNHEALTHY_POLICIES } from "./health-check-config.ts";
import { identifier } from "./identifier.ts";
import { CHECK_STATES } from "./states.ts";

const epochMs = z.number().int().min(0);
const LONGEST_SNOOZE_SECS = 30 * 24 * 3600;
const LONGEST_NOTE = 500;
const MOST_RESULTS = 1_000;

/** What asks: the `type` label of metrics. */
export const PROBE_TYPES = ["http", "tcp", "command", "grpc"] as const;
export type ProbeType = (typeof PROBE_TYPES)[number];

/**
 * Somebody wants a check to have no consequences for a while. What it finds is recorded as ever, with what would have
 * become of it; the state is held: passes still count, failures do not.
 */
export const snoozeSchema = z.object({
  since: epochMs,
  until: epochMs,
  author: z.string(),
  reason: z.string(),
  /** The target is not asked at all meanwhile. */
  pause: z.boolean(),
});

const note = z
  .string({ error: "must be text" })
  .trim()
  .min(1, "must not be empty: whoever wonders at 3 a.m. reads it")
  .max(LONGEST_NOTE, `must not be longer than ${LONGEST_NOTE} characters`)
  // It is written to logs and terminals.
  .regex(/^[^\p{Cc}\p{Cs}\p{Zl}\p{Zp}\p{Bidi_Control}]*$/u, "must be one line of plain text");

/** `PUT /v1/health/<role>/<environment>/<job>/<instance>/snooze`. */
export const snoozeRequestSchema = z.strictObject({
  /** From now. Another one takes the place of the one that is. */
  seconds: z
    .number({ error: "must be a number of seconds" })
    .positive("must be more than 0")
    .max(LONGEST_SNOOZE_SECS, `must not be more than ${LONGEST_SNOOZE_SECS} (30 days)`),
  author: note,
  reason: note,
  /** Only this check; all of the instance's unless given. */
  check: identifier.optional(),
  pause: z.boolean({ error: "must be true or false" }).default(false),
});

/** One check of one instance: an element of `GET /v1/health`. */
export const checkReportSchema = z.object({
  /** `role/environment/job/instance`. */
  instance: z.string(),
  name: identifier,
  roles: z.array(z.enum(CHECK_ROLES)),
  type: z.enum(PROBE_TYPES),
  /** What is asked: `http://localhost:31000/health`, `localhost:31000`, or a command line. */
  target: z.string(),
  /** In milliseconds. */
  intervalMs: z.number(),
  timeoutMs: z.number(),
  onUnhealthy: z.enum(UNHEALTHY_POLICIES),
  state: z.enum(CHECK_STATES),
  since: epochMs,
  /** Not made yet: a startup check has to pass first. */
  waiting: z.boolean(),
  consecutiveFailures: z.number().int().min(0),
  consecutiveSuccesses: z.number().int().min(0),
  /** Why the last one that counted failed, in words. */
  reason: z.string().optional(),
  checkedAt: epochMs.optional(),
  snooze: snoozeSchema.optional(),
  /** What the state would be without the snooze. */
  stateUnsnoozed: z.enum(CHECK_STATES).optional(),
  /** A file `.healthchecksnooze` is in the sandbox, and since when. */
  snoozeFile: z.object({ since: epochMs }).optional(),
});

/** An element of `GET /v1/health/…/<check>/results`, newest first. */
export const checkResultSchema = z.object({
  at: epochMs,
  durationMs: z.number(),
  healthy: z.boolean(),
  state: z.enum(CHECK_STATES),
  stateUnsnoozed: z.enum(CHECK_STATES).optional(),
  kind: z.string().optional(),
  statusCode: z.number().int().optional(),
  reason: z.string().optional(),
  output: z.string().optional(),
});

/** An element of `GET /v1/health/…/<check>/transitions`, newest first. */
export const checkTransitionSchema = z.object({
  at: epochMs,
  from: z.enum(CHECK_STATES),
  to: z.enum(CHECK_STATES),
  reason: z.string().optional(),
});

/** Of both: how many, and only those older than. */
export const historyPageSchema = z.object({
  limit: z.coerce
    .number({ error: "must be a number" })
    .int("must be a whole number")
    .min(1, "must be at least 1")
    .max(MOST_RESULTS, `must not be more than ${MOST_RESULTS}`)
    .default(100),
  before: z.coerce.number({ error: "must be milliseconds since the Unix epoch" }).min(0).optional(),
});

export type Snooze = z.output<typeof snoozeSchema>;
export type SnoozeRequest = z.output<typeof snoozeRequestSchema>;
export type CheckReport = z.output<typeof checkReportSchema>;
