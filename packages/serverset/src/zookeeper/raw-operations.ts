import { decodeStat, STAT_BYTES, type Stat } from "./stat.ts";

export type { Stat } from "./stat.ts";

/**
 * Requests that the client library does not have, as bytes. Numbers and layouts: ZooKeeper's `ZooDefs.OpCode` and
 * `zookeeper.jute`. `multiRead`, `addWatch` and `getEphemerals` need a server of 3.6 or newer; older ones answer -6.
 */
export const OP = {
  sync: 9,
  ping: 11,
  removeWatches: 18,
  multiRead: 22,
  auth: 100,
  getEphemerals: 103,
  addWatch: 106,
} as const;
const GET_DATA = 4;
const GET_CHILDREN = 8;
const ERROR = -1;
/** Watches of every kind. */
const ANY_WATCH = 3;

export type Read = { readonly kind: "data" | "children"; readonly path: string };

/** `errorCode` is ZooKeeper's; -101 (no node) is the one to expect between a list and a read. */
export type ReadResult =
  /** `data` is a part of the reply: whoever keeps it keeps the whole reply, unless it is copied. */
  | { readonly data: Buffer; readonly stat: Stat }
  | { readonly children: readonly string[] }
  | { readonly errorCode: number };

export function encodePath(path: string): Buffer {
  return encodeString(path);
}

export function encodeAddWatch(path: string, mode: "persistent" | "recursive"): Buffer {
  return Buffer.concat([encodeString(path), int32(mode === "recursive" ? 1 : 0)]);
}

export function encodeRemoveWatches(path: string): Buffer {
  return Buffer.concat([encodeString(path), int32(ANY_WATCH)]);
}

export function encodeAuth(scheme: string, credential: string): Buffer {
  return Buffer.concat([int32(0), encodeString(scheme), encodeString(credential)]);
}

const WITHOUT_WATCH = 0;
const MULTI_HEADER_BYTES = 9;
/** Around the path: its header, its length and whether to watch. */
const READ_BYTES = MULTI_HEADER_BYTES + 4 + 1;

export function encodeMultiRead(reads: readonly Read[]): Buffer {
  const lengths = reads.map(({ path }) => Buffer.byteLength(path));
  const bytes = Buffer.allocUnsafe(
    lengths.reduce((sum, length) => sum + READ_BYTES + length, MULTI_HEADER_BYTES),
  );
  let at = 0;
  const header = (type: number, last: boolean) => {
    bytes.writeInt32BE(type, at);
    bytes.writeUInt8(last ? 1 : 0, at + 4);
    bytes.writeInt32BE(-1, at + 5);
    at += MULTI_HEADER_BYTES;
  };
  for (const [index, { kind, path }] of reads.entries()) {
    header(kind === "data" ? GET_DATA : GET_CHILDREN, false);
    at = bytes.writeInt32BE(lengths[index] as number, at);
    at += bytes.write(path, at);
    at = bytes.writeUInt8(WITHOUT_WATCH, at);
  }
  header(-1, true);
  return bytes;
}

export function decodeMultiRead(frame: Buffer, start: number): ReadResult[] {
  const results: ReadResult[] = [];
  for (let at = start; ; ) {
    const type = frame.readInt32BE(at);
    const last = frame.readUInt8(at + 4) !== 0;
    at += 9;
    if (last) return results;
    if (type === ERROR) {
      results.push({ errorCode: frame.readInt32BE(at) });
      at += 4;
    } else if (type === GET_DATA) {
      const length = Math.max(0, frame.readInt32BE(at));
      const data = slice(frame, at + 4, length);
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
    strings.push(slice(frame, at + 4, length).toString("utf8"));
    at += 4 + length;
  }
  return { strings, end: at };
}

/** Not what is left when there is less: half an answer is none. */
function slice(frame: Buffer, at: number, length: number): Buffer {
  if (length < 0 || at + length > frame.length) throw new RangeError(`a value of ${length} bytes`);
  return frame.subarray(at, at + length);
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
