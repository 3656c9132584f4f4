"use client";

import type { MemberView } from "../jobs/model/member-view.ts";
import { useVirtualRows } from "../jobs/use-virtual-rows.ts";
import { MemberRow } from "./member-row.tsx";
import { ROW_HEIGHT, RowsTable, WIDE_ONLY } from "./rows-table.tsx";
import { useOpenRows } from "./use-open-rows.ts";

/** Hidden columns still take part in the opened rows: on a narrow screen the others have to take all the width. */
const HEADINGS = [
  { name: "Member", className: "w-[43%] md:w-[186px]" },
  { name: "Status", className: "w-[27%] md:w-[13%]" },
  { name: "Shard (instance)", className: `w-[120px] ${WIDE_ONLY}` },
  { name: "Primary endpoint", className: "w-[30%] md:w-[17%]" },
  { name: "Additional endpoints", className: WIDE_ONLY },
  { name: "Session", className: `w-[152px] ${WIDE_ONLY}` },
  { name: "Created", className: `w-[104px] text-end ${WIDE_ONLY}` },
] as const;

interface Props {
  readonly members: readonly MemberView[];
  /** Members that no live instance stands behind. */
  readonly strays: readonly string[];
}

export function MembersTable({ members, strays }: Props) {
  const [open, toggle] = useOpenRows();
  const rows = useVirtualRows(members.length, ROW_HEIGHT, (index) => members[index]?.name ?? "");
  return (
    <RowsTable label="ServerSet members" headings={HEADINGS} count={members.length} rows={rows}>
      {(index) => {
        const member = members[index];
        return member === undefined ? null : (
          <MemberRow
            key={member.name}
            member={member}
            index={index}
            stray={strays.includes(member.name)}
            open={open.has(member.name)}
            onToggle={toggle}
            measure={rows.measure}
          />
        );
      }}
    </RowsTable>
  );
}
