import { crc32 } from "node:zlib";

const CHECKSUM_BYTES = 4;

/** What goes behind a snapshot in its file, so that one which lost its end, or a bit, is known before it is trusted. */
export function checksumOf(snapshot: Uint8Array): Buffer {
  const checksum = Buffer.alloc(CHECKSUM_BYTES);
  checksum.writeUInt32BE(crc32(snapshot));
  return checksum;
}

/** The snapshot in a file's bytes; undefined when they are not what was written. */
export function unsealSnapshot(file: Buffer): Buffer | undefined {
  if (file.length < CHECKSUM_BYTES) return undefined;
  const snapshot = file.subarray(0, -CHECKSUM_BYTES);
  return checksumOf(snapshot).equals(file.subarray(-CHECKSUM_BYTES)) ? snapshot : undefined;
}
