import { initTRPC } from "@trpc/server";
import type { JobsSource } from "./jobs-source.ts";

interface Context {
  readonly source: JobsSource;
}

/** A connection that carries no ping for this long is dead, and the browser makes a new one. */
const PING_MS = 3_000;
const DEAD_AFTER_MS = 10_000;

const trpc = initTRPC.context<Context>().create({
  sse: {
    ping: { enabled: true, intervalMs: PING_MS },
    client: { reconnectAfterInactivityMs: DEAD_AFTER_MS },
  },
});

export const { router, procedure } = trpc;
