"use client";

import type { InstanceView } from "../jobs/model/instance-view.ts";
import { SpacerRows } from "../jobs/spacer-rows.tsx";
import { useVirtualRows } from "../jobs/use-virtual-rows.ts";
import { INSTANCE_COLUMNS, InstanceRow, WIDE_ONLY } from "./instance-row.tsx";
import { useOpenRows } from "./use-open-rows.ts";

/** Hidden columns still take part in the opened rows: on a narrow screen the others have to take all the width. */
const HEADINGS = [
  { name: "#", className: "w-[16%] md:w-[68px]" },
  { name: "Task", className: "w-[25%] md:w-[12%]" },
  { name: "Since", className: `w-[72px] ${WIDE_ONLY}` },
  { name: "Health", className: "w-[27%] md:w-[17%]" },
  { name: "Announced", className: "w-[32%] md:w-[20%]" },
  { name: "Host", className: `w-[14%] ${WIDE_ONLY}` },
  { name: "Ports", className: WIDE_ONLY },
  { name: "Updated", className: `w-[100px] text-end ${WIDE_ONLY}` },
] as const;

const ROW_HEIGHT = 34;

export function InstancesTable({ instances }: { instances: readonly InstanceView[] }) {
  const [open, toggle] = useOpenRows();
  const rows = useVirtualRows(instances.length, ROW_HEIGHT, (index) => instances[index]?.name ?? "");
  return (
    <table
      aria-label="Instances"
      aria-rowcount={instances.length + 1}
      className="w-full table-fixed border-separate border-spacing-0 rounded-lg border border-line bg-panel"
    >
      <thead ref={rows.headRef}>
        <tr aria-rowindex={1}>
          {HEADINGS.map(({ name, className }) => (
            <th
              key={name}
              scope="col"
              className={`h-8 bg-panel px-2 text-xs text-soft first:rounded-tl-lg first:pl-3 last:rounded-tr-lg last:pr-3 sticky top-11 z-20 ${className}`}
            >
              {name}
            </th>
          ))}
        </tr>
      </thead>
      <SpacerRows height={rows.heightBefore} columns={INSTANCE_COLUMNS} />
      {rows.indexes.map((index) => {
        const instance = instances[index];
        return instance === undefined ? null : (
          <InstanceRow
            key={instance.name}
            instance={instance}
            index={index}
            open={open.has(instance.name)}
            onToggle={toggle}
            measure={rows.measure}
          />
        );
      })}
      <SpacerRows height={rows.heightAfter} columns={INSTANCE_COLUMNS} />
    </table>
  );
}
