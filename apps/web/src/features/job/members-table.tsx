"use client";

import type { MemberView } from "../jobs/model/member-view.ts";
import { SpacerRows } from "../jobs/spacer-rows.tsx";
import { useVirtualRows } from "../jobs/use-virtual-rows.ts";
import { MEMBER_COLUMNS, MemberRow, WIDE_ONLY } from "./member-row.tsx";
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

const ROW_HEIGHT = 34;

interface Props {
  readonly members: readonly MemberView[];
  /** Members that no live instance stands behind. */
  readonly strays: readonly string[];
}

export function MembersTable({ members, strays }: Props) {
  const [open, toggle] = useOpenRows();
  const rows = useVirtualRows(members.length, ROW_HEIGHT, (index) => members[index]?.name ?? "");
  return (
    <table
      aria-label="ServerSet members"
      aria-rowcount={members.length + 1}
      className="w-full table-fixed border-separate border-spacing-0 rounded-lg border border-line bg-panel"
    >
      <thead ref={rows.headRef}>
        <tr aria-rowindex={1}>
          {HEADINGS.map(({ name, className }) => (
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
      <SpacerRows height={rows.heightBefore} columns={MEMBER_COLUMNS} />
      {rows.indexes.map((index) => {
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
      })}
      <SpacerRows height={rows.heightAfter} columns={MEMBER_COLUMNS} />
    </table>
  );
}
