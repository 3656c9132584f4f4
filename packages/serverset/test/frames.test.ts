import fc from "fast-check";
import { afterEach, describe, expect, it, vi } from "vitest";
import { FrameLengthError, FrameSplitter } from "../src/zookeeper/frames.ts";

const LARGEST = 4 * 1024 ** 2;

function frame(body: Uint8Array): Buffer {
  const length = Buffer.alloc(4);
  length.writeInt32BE(body.length);
  return Buffer.concat([length, body]);
}

function split(chunks: readonly Buffer[]): Buffer[] {
  const splitter = new FrameSplitter(LARGEST);
  const frames: Buffer[] = [];
  for (const chunk of chunks) splitter.push(chunk, (each) => frames.push(each));
  return frames;
}

afterEach(() => {
  vi.restoreAllMocks();
});

describe("a stream of frames", () => {
  it("is the same frames however it was cut", () => {
    fc.assert(
      fc.property(
        fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 8 }),
        fc.array(fc.nat(400)),
        (bodies, cuts) => {
          const frames = bodies.map(frame);
          const stream = Buffer.concat(frames);
          const at = [0, ...cuts.filter((cut) => cut < stream.length).sort((a, b) => a - b), stream.length];
          const chunks = at.slice(1).map((end, index) => stream.subarray(at[index], end));
          expect(split(chunks)).toEqual(frames);
        },
      ),
    );
  });

  it.each([1, 2, 3, 4, 5, 7, 11])("is the same frames in chunks of %i bytes", (size) => {
    const frames = [frame(Buffer.from("one")), frame(Buffer.alloc(0)), frame(Buffer.from("three and more"))];
    const stream = Buffer.concat(frames);
    const chunks = Array.from({ length: Math.ceil(stream.length / size) }, (_, index) =>
      stream.subarray(index * size, (index + 1) * size),
    );
    expect(split(chunks)).toEqual(frames);
  });

  it("of 2 MB in single bytes is copied no more than a few times, and not kept byte by byte", () => {
    const stream = frame(Buffer.alloc(2 * 1024 ** 2, "x"));
    const concat = Buffer.concat.bind(Buffer);
    let copied = 0;
    let mostPieces = 0;
    vi.spyOn(Buffer, "concat").mockImplementation((pieces, length = 0) => {
      copied += length;
      mostPieces = Math.max(mostPieces, pieces.length);
      if (copied > 2 * stream.length)
        throw new Error(`${copied} bytes were copied for a frame of ${stream.length}`);
      return concat(pieces, length);
    });
    const frames = split(Array.from(stream, (_, index) => stream.subarray(index, index + 1)));
    expect(frames.map((each) => each.equals(stream))).toEqual([true]);
    expect(mostPieces).toBeLessThan(200);
  });

  it("has no call that goes deeper with each frame of a chunk", () => {
    const frames = Array.from({ length: 50_000 }, () => frame(Buffer.alloc(0)));
    expect(split([Buffer.concat(frames)])).toHaveLength(50_000);
  });

  it.each([
    ["negative", [0xff, 0xff, 0xff, 0xff], -1],
    ["above the limit", [0x00, 0x40, 0x00, 0x01], LARGEST + 1],
    ["the first letters of HTTP", [...Buffer.from("HTTP")], 1_213_486_160],
  ])("can not go on after a length that is %s", (_, bytes, length) => {
    const spoilt = () => split([frame(Buffer.from("good")), Buffer.from(bytes)]);
    expect(spoilt).toThrow(new FrameLengthError(length));
  });
});
