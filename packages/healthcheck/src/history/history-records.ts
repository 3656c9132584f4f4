import { CHECK_STATES, type CheckState } from "@borealis/schema";
import { FAILURE_KINDS, type FailureKind, OUTPUT_LIMIT } from "../probes/check-result.ts";
import type { RecordedResult, Transition } from "./history.ts";
import type { Detail } from "./history-details.ts";

/*
 * result       8 at, as a double   4 microseconds   4 status, or NO_STATUS   1 flags   1 kind: 0, or 1 + its place
 *              flags: state (2 bits), state unsnoozed (2 bits, NONE: absent), healthy (1 bit)
 * transition   8 at, as a double   1 states: from (2 bits), to (2 bits)
 *
 * The same bytes in memory and on disk, so that writing down a whole ring is copying it. A new place in CHECK_STATES or
 * FAILURE_KINDS goes to the end; anything else is a new FORMAT_VERSION.
 */
export const RESULT_SIZE = 18;
export const TRANSITION_SIZE = 9;

const NO_STATUS = -(2 ** 31);
const MOST_MICROSECONDS = 2 ** 32 - 1;
const NONE = 3;
const HEALTHY = 1 << 4;
/** A sentence; nothing that is longer is read. */
const REASON_LIMIT = 1024;

const STATE_PLACE: Readonly<Record<CheckState, number>> = placesOf(CHECK_STATES);
const KIND_PLACE: Readonly<Record<FailureKind, number>> = placesOf(FAILURE_KINDS);

/** To the microsecond. */
export function writeResult(target: Buffer, result: RecordedResult): void {
  const { at, durationMs, healthy, state, stateUnsnoozed, kind, statusCode } = result;
  const microseconds = Math.min(MOST_MICROSECONDS, Math.max(0, Math.round(durationMs * 1000) || 0));
  const unsnoozed = stateUnsnoozed === undefined ? NONE : STATE_PLACE[stateUnsnoozed];
  target.writeDoubleLE(at, 0);
  target.writeUInt32LE(microseconds, 8);
  target.writeInt32LE(statusCode === undefined ? NO_STATUS : statusCode | 0, 12);
  target[16] = STATE_PLACE[state] | (unsnoozed << 2) | (healthy ? HEALTHY : 0);
  target[17] = kind === undefined ? 0 : 1 + KIND_PLACE[kind];
}

export function readResult(source: Buffer, offset: number, detail: Detail | undefined): RecordedResult {
  const flags = source[offset + 16] ?? 0;
  const statusCode = source.readInt32LE(offset + 12);
  const stateUnsnoozed = CHECK_STATES[(flags >> 2) & 3];
  const kind = FAILURE_KINDS[(source[offset + 17] ?? 0) - 1];
  return {
    at: source.readDoubleLE(offset),
    durationMs: source.readUInt32LE(offset + 8) / 1000,
    healthy: (flags & HEALTHY) !== 0,
    state: stateAt(flags & 3),
    ...(stateUnsnoozed !== undefined && { stateUnsnoozed }),
    ...(kind !== undefined && { kind }),
    ...(statusCode !== NO_STATUS && { statusCode }),
    ...(detail?.reason !== undefined && { reason: detail.reason }),
    ...(detail?.output !== undefined && { output: detail.output }),
  };
}

export function writeTransition(target: Buffer, { at, from, to }: Transition): void {
  target.writeDoubleLE(at, 0);
  target[8] = STATE_PLACE[from] | (STATE_PLACE[to] << 2);
}

export function readTransition(source: Buffer, offset: number, detail: Detail | undefined): Transition {
  const states = source[offset + 8] ?? 0;
  return {
    at: source.readDoubleLE(offset),
    from: stateAt(states & 3),
    to: stateAt((states >> 2) & 3),
    ...(detail?.reason !== undefined && { reason: detail.reason }),
  };
}

/** Both begin with it. */
export function readAt(source: Buffer, offset: number): number {
  return source.readDoubleLE(offset);
}

export function cutReason(reason: string | undefined): string | undefined {
  return reason !== undefined && reason.length > REASON_LIMIT ? reason.slice(0, REASON_LIMIT) : reason;
}

export function cutOutput(output: string | undefined): string | undefined {
  return output !== undefined && output.length > OUTPUT_LIMIT ? output.slice(0, OUTPUT_LIMIT) : output;
}

function stateAt(place: number): CheckState {
  const state = CHECK_STATES[place];
  if (state === undefined) throw new RangeError(`no state has the place ${place}`);
  return state;
}

function placesOf<Name extends string>(names: readonly Name[]): Readonly<Record<Name, number>> {
  return Object.fromEntries(names.map((name, place) => [name, place])) as Record<Name, number>;
}
