import { readSync } from "node:fs";
import { crc32 } from "node:zlib";

/*
 *   file    MAGIC   4 FORMAT_VERSION   frames
 *   frame   4 length   4 CRC of the content   4 CRC of these eight   content
 *
 * A process that is killed, and a power cut, leave a frame that is not all there, or zeros, at the end: that is dropped.
 * Because the length has a checksum of its own, a changed byte in it is not mistaken for such an end.
 */
const MAGIC = Buffer.from("BorealisHealth\r\n");
const FORMAT_VERSION = 1;
export const FILE_HEADER = MAGIC.length + 4;
export const FRAME_HEADER = 12;

export function fileHeader(): Buffer {
  const header = Buffer.alloc(FILE_HEADER);
  MAGIC.copy(header);
  header.writeUInt32LE(FORMAT_VERSION, MAGIC.length);
  return header;
}

/** @param frame its content, after room for the header, which is filled in. */
export function sealFrame(frame: Buffer): Buffer {
  const content = frame.subarray(FRAME_HEADER);
  frame.writeUInt32LE(content.length, 0);
  frame.writeUInt32LE(crc32(content), 4);
  frame.writeUInt32LE(crc32(frame.subarray(0, 8)), 8);
  return frame;
}

/** How the reading of a file ended. `torn`: so many bytes at the end were not written completely. */
export type Reading = { readonly torn: number } | { readonly damaged: string };

/** @param onFrame gets the content of each, valid until it returns; a RangeError from it is damage. */
export function readFrames(fd: number, size: number, onFrame: (content: Buffer) => void): Reading {
  const header = readAt(fd, 0, FILE_HEADER);
  if (header.length < FILE_HEADER) {
    const ours = MAGIC.subarray(0, header.length).equals(header.subarray(0, MAGIC.length)) || isZero(header);
    return ours ? { torn: header.length } : { damaged: "it is not a history of health checks" };
  }
  if (isZero(header) && isZeroFrom(fd, 0, size)) return { torn: size };
  if (!header.subarray(0, MAGIC.length).equals(MAGIC)) {
    return { damaged: "it is not a history of health checks" };
  }
  const version = header.readUInt32LE(MAGIC.length);
  if (version !== FORMAT_VERSION) {
    return { damaged: `its format has the version ${version}, and only ${FORMAT_VERSION} is known` };
  }
  let at = FILE_HEADER;
  while (at < size) {
    const frame = readFrame(fd, at, size);
    if (!Buffer.isBuffer(frame)) return frame;
    try {
      onFrame(frame);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      return { damaged: `what it says at byte ${at} makes no sense: ${error.message}` };
    }
    at += FRAME_HEADER + frame.length;
  }
  return { torn: 0 };
}

function readFrame(fd: number, at: number, size: number): Buffer | Reading {
  const torn = { torn: size - at };
  const header = readAt(fd, at, FRAME_HEADER);
  if (header.length < FRAME_HEADER) return torn;
  if (crc32(header.subarray(0, 8)) !== header.readUInt32LE(8)) {
    return isZeroFrom(fd, at, size) ? torn : { damaged: `a checksum at byte ${at} is wrong` };
  }
  const length = header.readUInt32LE(0);
  if (at + FRAME_HEADER + length > size) return torn;
  const content = readAt(fd, at + FRAME_HEADER, length);
  if (content.length === length && crc32(content) === header.readUInt32LE(4)) return content;
  return { damaged: `a checksum of ${length} bytes at byte ${at + FRAME_HEADER} is wrong` };
}

/** Less when the file is shorter. */
function readAt(fd: number, position: number, length: number): Buffer {
  const bytes = Buffer.allocUnsafe(length);
  let filled = 0;
  while (filled < length) {
    const count = readSync(fd, bytes, filled, length - filled, position + filled);
    if (count === 0) break;
    filled += count;
  }
  return bytes.subarray(0, filled);
}

function isZeroFrom(fd: number, position: number, size: number): boolean {
  const step = 64 * 1024;
  for (let at = position; at < size; at += step) {
    if (!isZero(readAt(fd, at, Math.min(step, size - at)))) return false;
  }
  return true;
}

function isZero(bytes: Buffer): boolean {
  return bytes.every((byte) => byte === 0);
}
