import type { JobList } from "../../server/router.ts";
import type { JobRow } from "../jobs/model/job-row.ts";
import type { LiveEvent } from "./live-event.ts";

/**
 * The list with what the event tells put in. Rows that did not change keep their identity, so they are not drawn again.
 * @returns undefined when there is a gap between the two and the list has to be asked for.
 */
export function mergeEvent(list: JobList, event: LiveEvent): JobList | undefined {
  if (event.kind === "snapshot") return { cursor: event.cursor, rows: keepSame(list.rows, event.rows) };
  if (event.cursor.boot !== list.cursor.boot || event.since > list.cursor.revision) return undefined;
  if (event.cursor.revision <= list.cursor.revision) return list;
  if (event.rows.length === 0 && event.removed.length === 0) return { ...list, cursor: event.cursor };
  const rows = new Map(list.rows.map((row) => [row.id, row]));
  for (const id of event.removed) rows.delete(id);
  for (const row of event.rows) rows.set(row.id, row);
  return { cursor: event.cursor, rows: [...rows.values()] };
}

function keepSame(before: readonly JobRow[], after: readonly JobRow[]): readonly JobRow[] {
  const known = new Map(before.map((row) => [row.id, row]));
  return after.map((row) => {
    const same = known.get(row.id);
    return same !== undefined && JSON.stringify(same) === JSON.stringify(row) ? same : row;
  });
}
