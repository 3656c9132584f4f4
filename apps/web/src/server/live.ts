import type { Clock } from "@borealis/clock";
import { tracked } from "@trpc/server";
import type { Cursor, LiveEvent } from "../features/live/live-event.ts";
import { cursorText } from "../features/live/live-event.ts";
import type { JobsSource } from "./jobs-source.ts";

/** What a stream needs of the source. */
export type LiveSource = Pick<JobsSource, "boot" | "changed" | "closed" | "model" | "status">;

/** At most four events a second: what changes in between is in the next one. */
const LIVE_INTERVAL_MS = 250;

/**
 * One browser's stream. It holds a cursor and no queue: a reader that is slow, or was away, gets one event with the
 * present state of all that changed meanwhile, and everything when that can not be told.
 */
export async function* live(source: LiveSource, from: Cursor | undefined, clock: Clock, left: AbortSignal) {
  const signal = AbortSignal.any([left, source.closed]);
  let cursor = from;
  while (!signal.aborted) {
    const event = liveEvent(source, cursor);
    cursor = event.cursor;
    yield tracked(cursorText(cursor), event);
    await clock.sleep(LIVE_INTERVAL_MS, signal).catch(() => {});
    if (source.model.revision === cursor.revision) await source.changed(signal);
  }
}

function liveEvent(source: LiveSource, from: Cursor | undefined): LiveEvent {
  const { boot, model, status } = source;
  const known = from?.boot === boot ? from.revision : undefined;
  const changes = model.changesSince(known ?? -1);
  const { complete, ...changed } = changes;
  const cursor = { boot, revision: model.revision };
  return { kind: complete ? "changes" : "snapshot", since: known ?? 0, cursor, source: status, ...changed };
}
