"use client";

import { memo } from "react";
import { Ago } from "../../components/ago.tsx";
import { ToneGlyph } from "../../components/tone-glyph.tsx";
import type { MemberView } from "../jobs/model/member-view.ts";
import type { Tone } from "../jobs/model/tone.ts";
import { EndpointLink } from "./instance-cells.tsx";
import { RowToggle } from "./row-toggle.tsx";
import { CELL, WIDE_ONLY } from "./rows-table.tsx";
import { StateWord } from "./state-word.tsx";

const TONES: Readonly<Record<string, Tone>> = {
  ALIVE: "good",
  STARTING: "moving",
  STOPPING: "attention",
  WARNING: "attention",
  DEAD: "ended",
  STOPPED: "ended",
};

interface Props {
  readonly member: MemberView;
  readonly index: number;
  readonly stray: boolean;
  readonly open: boolean;
  readonly onToggle: (name: string) => void;
  readonly measure: (row: Element | null) => void;
}

const MEMBER_COLUMNS = 7;

export const MemberRow = memo(function MemberRow({ member, index, stray, open, onToggle, measure }: Props) {
  const { createdMs, instance, name, owner, status, unreadable } = member;
  return (
    <tbody ref={measure} data-index={index}>
      <tr
        aria-rowindex={index + 2}
        data-member={name}
        data-status={unreadable === undefined ? status : "unreadable"}
        data-member-instance={instance}
        className="hover:bg-raised"
      >
        <th scope="row" className={`${CELL} font-normal`}>
          <RowToggle open={open} label={`Raw data of ${name}`} onToggle={() => onToggle(name)} />
          <span className="font-mono text-xs break-all">{name}</span>
        </th>
        {unreadable === undefined ? (
          <Readable member={member} stray={stray} />
        ) : (
          <td colSpan={4} className={`${CELL} hatched`}>
            <StateWord tone="unknown">unreadable: {unreadable}</StateWord>
          </td>
        )}
        <td className={`${CELL} ${WIDE_ONLY} font-mono text-xs leading-5 text-soft`}>
          {owner ?? "persistent"}
        </td>
        <td className={`${CELL} ${WIDE_ONLY} text-end whitespace-nowrap text-soft`}>
          <Ago sinceMs={createdMs} />
        </td>
      </tr>
      {open ? (
        <tr>
          <td colSpan={MEMBER_COLUMNS} className="px-3 pb-3 sm:pl-9">
            <pre className="font-mono text-xs break-all whitespace-pre-wrap text-soft">
              {member.raw || "(empty)"}
            </pre>
          </td>
        </tr>
      ) : null}
    </tbody>
  );
});

function Readable({ member, stray }: { member: MemberView; stray: boolean }) {
  const { additionalEndpoints, instance, serviceEndpoint, shard, status } = member;
  return (
    <>
      <td className={`${CELL} figure`}>
        <StateWord tone={TONES[status ?? ""] ?? "unknown"}>{status}</StateWord>
        {stray ? (
          <span
            data-drift="member-without-executor"
            className="mt-0.5 block w-fit rounded border border-attention bg-attention-wash px-1.5 text-xs leading-[18px]"
            title="Clients are sent here, but no executor reports an instance at this address"
          >
            <ToneGlyph tone="attention" className="mr-1 align-[-1.5px]" />
            without a live executor
          </span>
        ) : null}
      </td>
      <td className={`${CELL} ${WIDE_ONLY}`}>
        {shard ?? <span className="text-soft">none</span>}
        {instance === undefined || instance === shard ? null : (
          <span className="text-soft"> (is #{instance})</span>
        )}
      </td>
      <td className={`${CELL} wrap-anywhere`}>{serviceEndpoint && <Address {...serviceEndpoint} />}</td>
      <td className={`${CELL} ${WIDE_ONLY} wrap-anywhere`}>
        {Object.entries(additionalEndpoints).map(([port, endpoint]) => (
          <span key={port} className="mr-3 inline-block">
            <span className="text-soft">{port} </span>
            <Address {...endpoint} />
          </span>
        ))}
      </td>
    </>
  );
}

function Address({ host, port }: { host: string; port: number }) {
  return (
    <EndpointLink host={host} port={port}>
      {host}:{port}
    </EndpointLink>
  );
}
