"use client";

import type { InstanceRecord } from "@borealis/schema";
import { memo } from "react";
import { Ago } from "../../components/ago.tsx";
import type { InstanceView } from "../jobs/model/instance-view.ts";
import { shownState } from "../jobs/model/shown-state.ts";
import { AnnouncedCell, HealthCell, PortLinks, TaskCell } from "./instance-cells.tsx";
import { InstanceDetails } from "./instance-details.tsx";
import { RowToggle } from "./row-toggle.tsx";
import { CELL, WIDE_ONLY } from "./rows-table.tsx";
import { StateWord } from "./state-word.tsx";

interface Props {
  readonly instance: InstanceView;
  readonly index: number;
  readonly open: boolean;
  /** Somebody was led here although the row had not been drawn, so the browser does not know it as the target. */
  readonly revealed: boolean;
  readonly onToggle: (name: string) => void;
  readonly measure: (row: Element | null) => void;
}

const INSTANCE_COLUMNS = 8;

/** A body of its own, so that an opened row is measured and marked as one thing. */
export const InstanceRow = memo(function InstanceRow({
  instance,
  index,
  open,
  revealed,
  onToggle,
  measure,
}: Props) {
  const { kind, name } = instance;
  const record = kind === "reported" ? instance.record : undefined;
  return (
    <tbody
      ref={measure}
      id={`instance-${name}`}
      data-index={index}
      data-revealed={revealed || undefined}
      className="target:bg-moving-wash data-revealed:bg-moving-wash"
    >
      <tr
        aria-rowindex={index + 2}
        data-instance={name}
        data-tone={instance.tone}
        data-task-state={record && shownState(record)}
        data-health={record?.health.state ?? "unknown"}
        data-announced={record?.announced.state ?? "unknown"}
        className="hover:bg-raised"
      >
        <th scope="row" className={`${CELL} font-medium whitespace-nowrap`}>
          <RowToggle open={open} label={`Details of instance ${name}`} onToggle={() => onToggle(name)} />#
          {name}
        </th>
        {kind === "reported" ? <Reported instance={instance} /> : <Unreported instance={instance} />}
      </tr>
      {open ? (
        <tr>
          <td colSpan={INSTANCE_COLUMNS} className="px-3 pt-1 pb-3 sm:pl-9">
            <InstanceDetails instance={instance} />
          </td>
        </tr>
      ) : null}
    </tbody>
  );
});

/** Between two tasks it is since the last one ended. */
function stateSinceMs({ restarts, startedAt }: InstanceRecord): number {
  return restarts?.throttledUntil === undefined ? startedAt : (restarts.last?.at ?? startedAt);
}

function Reported({
  instance: { record, member, drift },
}: {
  instance: InstanceView & { kind: "reported" };
}) {
  return (
    <>
      <td className={`${CELL} figure`}>
        <TaskCell record={record} />
      </td>
      <td className={`${CELL} figure ${WIDE_ONLY} whitespace-nowrap text-soft`}>
        <Ago sinceMs={stateSinceMs(record)} as="for" />
      </td>
      <td className={`${CELL} figure`}>
        <HealthCell record={record} />
      </td>
      <td className={`${CELL} figure`}>
        <AnnouncedCell record={record} member={member} drift={drift} />
      </td>
      <td className={`${CELL} ${WIDE_ONLY} break-all`}>{record.host}</td>
      <td className={`${CELL} ${WIDE_ONLY}`}>
        <PortLinks host={record.host} ports={record.ports} />
      </td>
      <td className={`${CELL} ${WIDE_ONLY} text-end whitespace-nowrap text-soft`}>
        <Ago sinceMs={record.updatedAt} />
      </td>
    </>
  );
}

function Unreported({ instance }: { instance: Exclude<InstanceView, { kind: "reported" }> }) {
  return (
    <td colSpan={INSTANCE_COLUMNS - 1} className={`${CELL} hatched`}>
      <StateWord tone="unknown">
        {instance.kind === "missing"
          ? "unknown: no executor reports this instance"
          : `unknown: the record can not be read: ${instance.reason}`}
      </StateWord>
    </td>
  );
}
