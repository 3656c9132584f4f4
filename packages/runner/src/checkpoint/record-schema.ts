import { TASK_STATES } from "@borealis/schema";
import { z } from "zod";
import type { TaskEvent } from "../core/task-event.ts";
import type { TaskHeader, TaskRecord } from "./checkpoint.ts";

const time = z.number();
const text = z.string();
const ofRun = { process: text, run: z.number().int().min(0) };
const pid = z.number().int().positive();

const headerSchema = z.object({
  taskId: text,
  instance: text.exactOptional(),
  startedAt: time,
  bootId: text,
  bootEpoch: time,
  user: text,
  sandbox: text,
  ports: z.record(text, z.number()),
  environment: z.record(text, text),
  cgroups: z.array(text),
  task: z.record(text, z.unknown()),
}) satisfies z.ZodType<TaskHeader>;

const eventSchema = z.discriminatedUnion("type", [
  z.object({ type: z.literal("started"), ...ofRun, pid: z.number().int() }),
  z.object({ type: z.literal("startFailed"), ...ofRun, reason: text }),
  z.object({
    type: z.literal("exited"),
    ...ofRun,
    exit: z.union([
      z.object({ exitCode: z.number().int() }),
      z.object({ signal: text, outOfMemory: text.optional() }),
    ]),
  }),
  z.object({ type: z.literal("lost"), ...ofRun, reason: text }),
  z.object({ type: z.literal("kill"), waitMs: z.number().exactOptional(), reason: text.exactOptional() }),
  z.object({ type: z.literal("fail"), reason: text }),
  z.object({ type: z.literal("quit"), failure: text.optional() }),
  z.object({ type: z.literal("lose"), reason: text.exactOptional() }),
  z.object({ type: z.literal("hurry") }),
  z.object({ type: z.literal("tick") }),
]);

// Does not compile when there is an event that could be written and not be read back.
type Unread = Exclude<TaskEvent, z.input<typeof eventSchema>>;
const UNREAD: Unread extends never ? true : Unread = true;
void UNREAD;

/** Its checksum says that we wrote it: of a snapshot it is enough that it is one. */
const snapshotSchema = z.object({
  stage: z.enum(TASK_STATES),
  plan: z.object({ regular: z.array(z.unknown()), final: z.array(z.unknown()) }),
  processes: z.array(z.object({ name: text, state: text, run: z.number(), failures: z.number() })),
  hurried: z.boolean(),
});

const recordSchema = z.union([
  z.object({ at: time, event: eventSchema }),
  z.object({ at: time, snapshot: snapshotSchema }),
  z.object({ at: time, executor: z.object({ pid, bootId: text }) }),
]);

// What is returned is what was read, not what zod made of it: a field that only the type knows is not lost.

export function asHeader(value: unknown): TaskHeader | undefined {
  return headerSchema.safeParse(value).success ? (value as TaskHeader) : undefined;
}

export function asRecord(value: unknown): TaskRecord | undefined {
  return recordSchema.safeParse(value).success ? (value as TaskRecord) : undefined;
}
