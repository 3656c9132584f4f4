/** What frames have in common, as bytes: the header of a request, the header of a reply, a notification. */

type NotificationType = "created" | "deleted" | "changed" | "children" | "other";

export interface Notification {
  readonly type: NotificationType;
  readonly path: string;
}

export interface ReplyHeader {
  readonly xid: number;
  readonly zxid: bigint;
  /** ZooKeeper's error number; 0 is success. */
  readonly code: number;
}

/** Numbers of what answers no request of its own. */
export const XID = { notification: -1, ping: -2, auth: -4 } as const;

/** Length, xid, zxid and error number; what was asked for follows. */
export const REPLY_BODY = 20;
/** `jute.maxbuffer` of a server by default: it drops a connection that sends a longer frame. */
export const LARGEST_REQUEST_BYTES = 0xf_ffff;
const REQUEST_HEADER_BYTES = 8;
const NOTIFICATION_TYPES: Readonly<Record<number, NotificationType>> = {
  1: "created",
  2: "deleted",
  3: "changed",
  4: "children",
};

export function encodeRequest(xid: number, type: number, body: Buffer): Buffer {
  const bytes = Buffer.allocUnsafe(4 + REQUEST_HEADER_BYTES + body.length);
  bytes.writeInt32BE(REQUEST_HEADER_BYTES + body.length, 0);
  bytes.writeInt32BE(xid, 4);
  bytes.writeInt32BE(type, 8);
  body.copy(bytes, 12);
  return bytes;
}

/** Throws RangeError when the frame has no room for a header. */
export function readReplyHeader(frame: Buffer): ReplyHeader {
  if (frame.length < REPLY_BODY) throw new RangeError(`a reply of ${frame.length} bytes`);
  return { xid: frame.readInt32BE(4), zxid: frame.readBigInt64BE(8), code: frame.readInt32BE(16) };
}

export function readNotification(frame: Buffer): Notification {
  const type = NOTIFICATION_TYPES[frame.readInt32BE(REPLY_BODY)] ?? "other";
  const length = frame.readInt32BE(REPLY_BODY + 8);
  const at = REPLY_BODY + 12;
  if (length < 0 || at + length > frame.length) throw new RangeError(`a path of ${length} bytes`);
  return { type, path: frame.toString("utf8", at, at + length) };
}
