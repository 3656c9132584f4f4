import type { JobRow } from "../jobs/model/job-row.ts";
import type { SourceStatus } from "../source/source-status.ts";

/** A point in the history of one server process. */
export interface Cursor {
  readonly boot: string;
  readonly revision: number;
}

export interface LiveEvent {
  /** `snapshot`: `rows` are all there are. `changes`: what differs from revision `since`. */
  readonly kind: "snapshot" | "changes";
  readonly since: number;
  readonly cursor: Cursor;
  readonly rows: readonly JobRow[];
  readonly touched: readonly string[];
  readonly removed: readonly string[];
  readonly source: SourceStatus;
}

export function cursorText({ boot, revision }: Cursor): string {
  return `${boot}:${revision}`;
}

/** @returns undefined for what is no cursor: the reader is then told everything. */
export function readCursor(text: string | null | undefined): Cursor | undefined {
  const [, boot, revision] = /^([\w-]+):(\d+)$/.exec(text ?? "") ?? [];
  return boot === undefined || revision === undefined ? undefined : { boot, revision: Number(revision) };
}
