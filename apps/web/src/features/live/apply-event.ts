import type { Query, QueryClient } from "@tanstack/react-query";
import type { JobAnswer, JobList } from "../../server/router.ts";
import type { Cursor, LiveEvent } from "./live-event.ts";
import { mergeEvent } from "./merge-event.ts";

/** Where the queries' data is. */
export interface LiveKeys {
  readonly list: readonly unknown[];
  readonly job: readonly unknown[];
  readonly status: readonly unknown[];
}

/** Puts into the queries' data what the event tells, and asks again for what it only says is old. */
export function applyEvent(event: LiveEvent, queries: QueryClient, keys: LiveKeys): void {
  queries.setQueryData(keys.status, event.source);
  const list = queries.getQueryData<JobList>(keys.list);
  const merged =
    list === undefined ? (event.kind === "snapshot" ? listOf(event) : undefined) : mergeEvent(list, event);
  if (merged !== undefined && merged !== list) queries.setQueryData(keys.list, merged);
  else if (merged === undefined && list !== undefined)
    void queries.invalidateQueries({ queryKey: keys.list });
  const changed = new Set([...event.rows.map(({ id }) => id), ...event.touched, ...event.removed]);
  const isOld = ({ queryKey, state }: Query) => {
    const cursor = (state.data as JobAnswer | undefined)?.cursor;
    if (cursor?.boot !== event.cursor.boot) return true;
    return (
      cursor.revision < event.cursor.revision && (event.kind === "snapshot" || changed.has(jobIdOf(queryKey)))
    );
  };
  const refresh = () =>
    queries.invalidateQueries({ queryKey: keys.job, predicate: isOld }, { cancelRefetch: false });
  // An answer that was already under way may be older than the event. It is not cut off: for a large job that changes
  // all the time none would ever arrive.
  void refresh().then(refresh);
}

function listOf(event: LiveEvent): JobList {
  return { cursor: event.cursor, rows: event.rows };
}

function jobIdOf(queryKey: readonly unknown[]): string {
  const { input } = queryKey[1] as { input?: { role: string; environment: string; name: string } };
  return input === undefined ? "" : `${input.role}/${input.environment}/${input.name}`;
}

/** From where on the stream has to tell: all that is on the page is at least this new. */
export function oldestCursor(queries: QueryClient, keys: LiveKeys): Cursor | undefined {
  const answers = [keys.list, keys.job].flatMap((queryKey) =>
    queries.getQueriesData<JobList | JobAnswer>({ queryKey }),
  );
  const cursors = answers.flatMap(([, answer]) => answer?.cursor ?? []);
  return cursors.toSorted((a, b) => a.revision - b.revision)[0];
}
