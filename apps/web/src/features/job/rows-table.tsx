import type { ReactNode } from "react";
import { SpacerRows } from "../jobs/spacer-rows.tsx";
import type { VirtualRows } from "../jobs/use-virtual-rows.ts";

/** On a narrow screen what these columns say is in the opened row. */
export const WIDE_ONLY = "max-md:hidden";
export const CELL = "border-t border-line px-2 py-1.5 align-top first:pl-3 last:pr-3";
export const ROW_HEIGHT = 34;

interface Props {
  readonly label: string;
  readonly headings: readonly { readonly name: string; readonly className: string }[];
  readonly count: number;
  readonly rows: VirtualRows;
  /** Draws the row of an index: a body of its own. */
  readonly children: (index: number) => ReactNode;
}

/** The frame of a table whose rows open: a head that stays in sight, and only the rows that are near. */
export function RowsTable({ label, headings, count, rows, children }: Props) {
  return (
    <table
      aria-label={label}
      aria-rowcount={count + 1}
      className="w-full table-fixed border-separate border-spacing-0 rounded-lg border border-line bg-panel"
    >
      <thead ref={rows.headRef}>
        <tr aria-rowindex={1}>
          {headings.map(({ name, className }) => (
            <th
              key={name}
              scope="col"
              className={`sticky top-11 z-20 h-8 bg-panel px-2 text-xs text-soft first:rounded-tl-lg first:pl-3 last:rounded-tr-lg last:pr-3 ${className}`}
            >
              {name}
            </th>
          ))}
        </tr>
      </thead>
      <SpacerRows height={rows.heightBefore} columns={headings.length} />
      {rows.indexes.map(children)}
      <SpacerRows height={rows.heightAfter} columns={headings.length} />
    </table>
  );
}
