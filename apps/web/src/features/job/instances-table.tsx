"use client";

import { type Ref, useImperativeHandle } from "react";
import type { InstanceView } from "../jobs/model/instance-view.ts";
import { useVirtualRows } from "../jobs/use-virtual-rows.ts";
import { InstanceRow } from "./instance-row.tsx";
import { ROW_HEIGHT, RowsTable, WIDE_ONLY } from "./rows-table.tsx";
import { useOpenRows } from "./use-open-rows.ts";
import { useRevealedRow } from "./use-revealed-row.ts";

/** Hidden columns still take part in the opened rows: on a narrow screen the others have to take all the width. */
const HEADINGS = [
  { name: "#", className: "w-[15%] md:w-[68px]" },
  { name: "Task", className: "w-[28%] md:w-[12%]" },
  { name: "Since", className: `w-[72px] ${WIDE_ONLY}` },
  { name: "Health", className: "w-[25%] md:w-[17%]" },
  { name: "Announced", className: "w-[32%] md:w-[20%]" },
  { name: "Host", className: `w-[14%] ${WIDE_ONLY}` },
  { name: "Ports", className: WIDE_ONLY },
  { name: "Updated", className: `w-[100px] text-end ${WIDE_ONLY}` },
] as const;

interface Props {
  readonly instances: readonly InstanceView[];
  readonly ref: Ref<InstancesTableHandle>;
}

export interface InstancesTableHandle {
  /** Leads to the row of an instance, drawn or not. */
  readonly reveal: (name: string) => void;
}

export function InstancesTable({ instances, ref }: Props) {
  const [open, toggle] = useOpenRows();
  const rows = useVirtualRows(instances.length, ROW_HEIGHT, (index) => instances[index]?.name ?? "");
  const [revealed, reveal] = useRevealedRow(instances, rows.scrollTo);
  useImperativeHandle(ref, () => ({ reveal }));
  return (
    <RowsTable label="Instances" headings={HEADINGS} count={instances.length} rows={rows}>
      {(index) => {
        const instance = instances[index];
        return instance === undefined ? null : (
          <InstanceRow
            key={instance.name}
            instance={instance}
            index={index}
            open={open.has(instance.name)}
            revealed={instance.name === revealed}
            onToggle={toggle}
            measure={rows.measure}
          />
        );
      }}
    </RowsTable>
  );
}
