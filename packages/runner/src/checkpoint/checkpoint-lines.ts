import { crc32 } from "node:zlib";
import type { TaskHeader, TaskRecord } from "./checkpoint.ts";
import { CheckpointError } from "./checkpoint-error.ts";
import { asHeader, asRecord } from "./record-schema.ts";

/**
 * The text of a checkpoint.
 *
 *   5f0d5e5c {"magic":"borealis-task-checkpoint","version":1,"header":{…}}
 *   0b1f77d2 {"at":1700000000123.5,"event":{"type":"started",…}}
 *
 * In front of each line is the CRC-32 of what follows the blank. A program that dies while it writes leaves part of a
 * line at the end: that is no damage, the line does not count. Anything else that does not fit is damage.
 */
export interface CheckpointContents {
  readonly header: TaskHeader;
  readonly records: readonly TaskRecord[];
  /** Bytes at the end that are no whole line: whoever wrote them died at it, or is at it. */
  readonly torn: number;
}

const VERSION = 1;
const MAGIC = '{"magic":"borealis-task-checkpoint"';
const NEWLINE = 10;
const SUM_LENGTH = 8;
const SEEN_LENGTH = 80;

export function headerLine(header: TaskHeader): Buffer {
  return line(JSON.stringify({ magic: "borealis-task-checkpoint", version: VERSION, header }));
}

export function recordLine(record: TaskRecord): Buffer {
  return line(JSON.stringify(record));
}

function line(json: string): Buffer {
  return Buffer.from(`${sumOf(json)} ${json}\n`);
}

function sumOf(body: string | Buffer): string {
  return crc32(body).toString(16).padStart(SUM_LENGTH, "0");
}

/** @throws CheckpointError unless it is ours and whole, but for its end. */
export function parseCheckpoint(bytes: Buffer, file: string): CheckpointContents {
  const header = readHeader(bytes, file);
  const records: TaskRecord[] = [];
  let start = bytes.indexOf(NEWLINE) + 1;
  for (let number = 2; start < bytes.length; number++) {
    const newline = bytes.indexOf(NEWLINE, start);
    if (newline === -1) break;
    const whole = bytes.subarray(start, newline);
    const body = checkedBody(whole);
    if (body === undefined && newline === bytes.length - 1) break;
    if (body === undefined) throw damaged(whole, file, number);
    records.push(readRecord(body, file, number));
    start = newline + 1;
  }
  return { header, records, torn: bytes.length - start };
}

function readHeader(bytes: Buffer, file: string): TaskHeader {
  const newline = bytes.indexOf(NEWLINE);
  const first = newline === -1 ? bytes : bytes.subarray(0, newline);
  if (!beginsAsOurs(first)) {
    throw new CheckpointError("FOREIGN", file, `this is no checkpoint, it begins with ${seen(first)}`, {
      line: 1,
    });
  }
  if (newline === -1) {
    const what =
      bytes.length === 0 ? "it is empty" : `its first line is cut short after ${bytes.length} bytes`;
    throw new CheckpointError("CORRUPT", file, what, { line: 1 });
  }
  const body = checkedBody(first);
  if (body === undefined) throw damaged(first, file, 1);
  const { version, header } = parseJson(body, file, 1) as { version?: unknown; header?: unknown };
  if (version !== VERSION) {
    const what = `it is of version ${JSON.stringify(version)}, we know ${VERSION}`;
    throw new CheckpointError("NEWER", file, what, { line: 1 });
  }
  const known = asHeader(header);
  if (known === undefined) throw unknownShape(body, file, 1);
  return known;
}

/** As far as it goes: of a first line that is cut short there may be only a part. */
function beginsAsOurs(first: Buffer): boolean {
  const sum = first.subarray(0, SUM_LENGTH + 1).toString("latin1");
  const magic = first.subarray(SUM_LENGTH + 1, SUM_LENGTH + 1 + MAGIC.length).toString("latin1");
  const sumIsOurs = /^(?:[0-9a-f]{8} |[0-9a-f]{0,8})$/.test(sum);
  return sumIsOurs && MAGIC.startsWith(magic);
}

/** What stands behind the checksum, if they agree. */
function checkedBody(whole: Buffer): Buffer | undefined {
  const body = whole.subarray(SUM_LENGTH + 1);
  const sum = whole.subarray(0, SUM_LENGTH + 1).toString("latin1");
  return sum === `${sumOf(body)} ` ? body : undefined;
}

function readRecord(body: Buffer, file: string, number: number): TaskRecord {
  const record = asRecord(parseJson(body, file, number));
  if (record === undefined) throw unknownShape(body, file, number);
  return record;
}

function parseJson(body: Buffer, file: string, number: number): unknown {
  try {
    return JSON.parse(body.toString("utf8"));
  } catch (cause) {
    const what = `it is not JSON, though its checksum is right: ${seen(body)}`;
    throw new CheckpointError("CORRUPT", file, what, { line: number, cause });
  }
}

function damaged(whole: Buffer, file: string, number: number): CheckpointError {
  const what = `it does not agree with its checksum, and is not the last: ${seen(whole)}`;
  return new CheckpointError("CORRUPT", file, what, { line: number });
}

function unknownShape(body: Buffer, file: string, number: number): CheckpointError {
  return new CheckpointError("NEWER", file, `this version does not know what this is: ${seen(body)}`, {
    line: number,
  });
}

/** Its beginning, quoted: what is there may be anything. */
function seen(bytes: Buffer): string {
  const shown = JSON.stringify(bytes.subarray(0, SEEN_LENGTH).toString("latin1"));
  return bytes.length > SEEN_LENGTH ? `${shown}…` : shown;
}
