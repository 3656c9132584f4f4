/**
 * Requests that the client library does not have, as bytes. Numbers and layouts: ZooKeeper's `ZooDefs.OpCode` and
 * `zookeeper.jute`. `multiRead`, `addWatch` and `getEphemerals` need a server of 3.6 or newer; older ones answer -6.
 */
export const OP = { ping: 11, sync: 9, multiRead: 22, getEphemerals: 103, addWatch: 106 } as const;
const GET_DATA = 4;
const GET_CHILDREN = 8;
const ERROR = -1;
/** Length of a Stat on the wire. */
const STAT_BYTES = 68;

export interface Stat {
  readonly czxid: bigint;
  readonly mzxid: bigint;
  readonly ctimeMs: number;
  readonly mtimeMs: number;
  readonly version: number;
  readonly ephemeralOwner: bigint;
  readonly numChildren: number;
}

export type Read = { readonly kind: "data" | "children"; readonly path: string };

/** `errorCode` is ZooKeeper's; -101 (no node) is the one to expect between a list and a read. */
export type ReadResult =
  | { readonly data: Buffer; readonly stat: Stat }
  | { readonly children: readonly string[] }
  | { readonly errorCode: number };

export function encodePath(path: string): Buffer {
  return encodeString(path);
}

export function encodeAddWatch(path: string, mode: "persistent" | "recursive"): Buffer {
  return Buffer.concat([encodeString(path), int32(mode === "recursive" ? 1 : 0)]);
}

export function encodeMultiRead(reads: readonly Read[]): Buffer {
  const parts: Buffer[] = [];
  for (const { kind, path } of reads) {
    parts.push(multiHeader(kind === "data" ? GET_DATA : GET_CHILDREN, false), encodeString(path), NO_WATCH);
  }
  parts.push(multiHeader(-1, true));
  return Buffer.concat(parts);
}

export function decodeMultiRead(frame: Buffer, start: number): ReadResult[] {
  const results: ReadResult[] = [];
  for (let at = start; ; ) {
    const type = frame.readInt32BE(at);
    const last = frame[at + 4] !== 0;
    at += 9;
    if (last) return results;
    if (type === ERROR) {
      results.push({ errorCode: frame.readInt32BE(at) });
      at += 4;
    } else if (type === GET_DATA) {
      const length = Math.max(0, frame.readInt32BE(at));
      // A copy: a slice would keep the whole reply alive for as long as one member of it is known.
      const data = Buffer.from(frame.subarray(at + 4, at + 4 + length));
      at += 4 + length;
      results.push({ data, stat: decodeStat(frame, at) });
      at += STAT_BYTES;
    } else if (type === GET_CHILDREN) {
      const { strings, end } = decodeStrings(frame, at);
      results.push({ children: strings });
      at = end;
    } else {
      throw new RangeError(`a multiRead result of type ${type}`);
    }
  }
}

export function decodeStrings(frame: Buffer, start: number): { strings: string[]; end: number } {
  const strings: string[] = [];
  let at = start + 4;
  for (let left = frame.readInt32BE(start); left > 0; left--) {
    const length = frame.readInt32BE(at);
    strings.push(frame.toString("utf8", at + 4, at + 4 + length));
    at += 4 + length;
  }
  return { strings, end: at };
}

function decodeStat(frame: Buffer, at: number): Stat {
  return {
    czxid: frame.readBigInt64BE(at),
    mzxid: frame.readBigInt64BE(at + 8),
    ctimeMs: Number(frame.readBigInt64BE(at + 16)),
    mtimeMs: Number(frame.readBigInt64BE(at + 24)),
    version: frame.readInt32BE(at + 32),
    ephemeralOwner: frame.readBigInt64BE(at + 44),
    numChildren: frame.readInt32BE(at + 56),
  };
}

const NO_WATCH = Buffer.from([0]);

function multiHeader(type: number, last: boolean): Buffer {
  const header = Buffer.alloc(9);
  header.writeInt32BE(type, 0);
  header[4] = last ? 1 : 0;
  header.writeInt32BE(-1, 5);
  return header;
}

function encodeString(text: string): Buffer {
  const bytes = Buffer.from(text, "utf8");
  return Buffer.concat([int32(bytes.length), bytes]);
}

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}
