"use client";

import { memo } from "react";
import { JobTableRow } from "./job-table-row.tsx";
import type { JobsView, Sort, SortColumn } from "./jobs-view.ts";
import type { JobRow } from "./model/job-row.ts";
import { SpacerRows } from "./spacer-rows.tsx";
import { useVirtualRows, type VirtualRows } from "./use-virtual-rows.ts";

interface Column {
  readonly column: SortColumn | undefined;
  readonly name: string;
  readonly title: string;
  readonly className: string;
  /** Numbers and times are looked at from the largest down. */
  readonly descendingFirst?: boolean;
}

const COLUMNS: readonly Column[] = [
  {
    column: "worst",
    name: "Status",
    title: "Worst first",
    className: "w-[76px] sm:w-[138px]",
    descendingFirst: true,
  },
  { column: "role", name: "Role", title: "Role", className: "w-[10%] max-md:hidden" },
  { column: "env", name: "Env", title: "Environment", className: "w-[88px] max-md:hidden" },
  { column: "job", name: "Job", title: "Job", className: "md:w-[18%]" },
  {
    column: "instances",
    name: "Instances",
    title: "Running of desired instances",
    className: "w-[80px] text-end max-md:hidden",
    descendingFirst: true,
  },
  {
    column: "healthy",
    name: "Healthy",
    title: "Healthy of checked instances",
    className: "w-[90px] text-end max-sm:hidden",
    descendingFirst: true,
  },
  {
    column: "announced",
    name: "Announced",
    title: "Members in the ServerSet of those expected",
    className: "w-[94px] text-end",
    descendingFirst: true,
  },
  {
    column: "changed",
    name: "Changed",
    title: "Last change",
    className: "w-[90px] text-end max-lg:hidden",
    descendingFirst: true,
  },
  { column: undefined, name: "Attention", title: "What a person should look at", className: "max-md:hidden" },
];

interface Props {
  readonly rows: readonly JobRow[];
  readonly view: JobsView;
  readonly onSort: (sort: Sort) => void;
}

const ROW_HEIGHT = 34;

export function JobsTable({ rows, view, onSort }: Props) {
  const { headRef, heightAfter, heightBefore, indexes, measure } = useVirtualRows(
    rows.length,
    ROW_HEIGHT,
    (index) => rows[index]?.id ?? "",
  );
  return (
    <table
      aria-label="Jobs"
      aria-rowcount={rows.length + 1}
      className="w-full table-fixed border-separate border-spacing-0 rounded-lg border border-line bg-panel"
    >
      <Head headRef={headRef} sort={view.sort} onSort={onSort} />
      <SpacerRows height={heightBefore} columns={COLUMNS.length} />
      <tbody>
        {indexes.map((index) => {
          const row = rows[index];
          return row === undefined ? null : (
            <JobTableRow key={row.id} row={row} index={index} measure={measure} />
          );
        })}
      </tbody>
      <SpacerRows height={heightAfter} columns={COLUMNS.length} />
    </table>
  );
}

interface HeadProps {
  readonly headRef: VirtualRows["headRef"];
  readonly sort: Sort;
  readonly onSort: (sort: Sort) => void;
}

const Head = memo(function Head({ headRef, sort, onSort }: HeadProps) {
  return (
    <thead ref={headRef}>
      <tr aria-rowindex={1}>
        {COLUMNS.map(({ column, name, title, className, descendingFirst = false }) => {
          const sorted = column !== undefined && column === sort.column;
          const next = sorted ? !sort.descending : descendingFirst;
          const order = sort.descending ? "descending" : "ascending";
          return (
            <th
              key={name}
              scope="col"
              aria-sort={sorted ? order : undefined}
              title={title}
              className={`sticky top-11 z-20 h-8 border-b border-edge bg-panel px-2 text-xs text-soft first:rounded-tl-lg first:pl-3 last:rounded-tr-lg last:pr-3 ${className}`}
            >
              {column === undefined ? (
                name
              ) : (
                <button
                  type="button"
                  className={`hover:text-ink ${sorted ? "text-ink" : ""}`}
                  onClick={() => onSort({ column, descending: next })}
                >
                  {name}
                  <span aria-hidden="true">{sorted ? (sort.descending ? " ↓" : " ↑") : ""}</span>
                </button>
              )}
            </th>
          );
        })}
      </tr>
    </thead>
  );
});
