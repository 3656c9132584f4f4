import { systemClock } from "@borealis/clock";
import { formatJobKey } from "@borealis/schema";
import { z } from "zod";
import type { JobRow } from "../features/jobs/model/job-row.ts";
import type { JobDetail } from "../features/jobs/model/job-view.ts";
import { type Cursor, readCursor } from "../features/live/live-event.ts";
import { live } from "./live.ts";
import { procedure, router } from "./trpc.ts";

export interface JobList {
  readonly cursor: Cursor;
  readonly rows: readonly JobRow[];
}

export interface JobAnswer {
  readonly cursor: Cursor;
  readonly detail: JobDetail | null;
  /** When a job that is not there any more was last seen. */
  readonly goneSinceMs: number | null;
}

// Any path component that ZooKeeper allows: foreign sets do not keep Aurora's rules for names.
const part = z.string().min(1).max(1024);
const jobKey = z.object({ role: part, environment: part, name: part });

/** Reads only: nothing here changes anything. */
export const appRouter = router({
  source: router({
    status: procedure.query(({ ctx }) => ctx.source.status),
  }),
  jobs: router({
    list: procedure.query(({ ctx: { source } }): JobList => {
      return { cursor: { boot: source.boot, revision: source.model.revision }, rows: source.model.rows() };
    }),
    get: procedure.input(jobKey).query(({ ctx: { source }, input }): JobAnswer => {
      const id = formatJobKey(input);
      return {
        cursor: { boot: source.boot, revision: source.model.revision },
        detail: source.model.view(id)?.detail ?? null,
        goneSinceMs: source.model.goneSinceMs(id) ?? null,
      };
    }),
  }),
  live: procedure
    .input(z.object({ since: z.string().optional(), lastEventId: z.string().nullish() }))
    .subscription(({ ctx, input, signal }) => {
      const from = readCursor(input.lastEventId) ?? readCursor(input.since);
      return live(ctx.source, from, systemClock, signal ?? new AbortController().signal);
    }),
});

export type AppRouter = typeof appRouter;
