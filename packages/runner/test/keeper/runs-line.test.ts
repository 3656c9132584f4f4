import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatLine, parseLine } from "../../src/keeper/runs-line.ts";

const name = fc.string({ unit: "grapheme", minLength: 1 });
const written = fc
  .record({ process: name, run: fc.nat(), at: fc.nat(), reason: fc.string({ unit: "grapheme" }) })
  .map(({ reason, ...line }) => ({
    reason,
    line,
    bytes: Buffer.from(formatLine("lost", line, [reason]).slice(1, -1)),
  }));

describe("a line of `runs`", () => {
  it("is read as it was written, whatever names and reasons hold", () => {
    fc.assert(
      fc.property(written, ({ line, reason, bytes }) => {
        expect(bytes.includes(10)).toBe(false);
        expect(parseLine(bytes)).toEqual({ ...line, type: "lost", reason });
      }),
    );
  });

  it("is not read when it is torn, or when any byte of it is another", () => {
    fc.assert(
      fc.property(written, fc.nat(), fc.integer({ min: 1, max: 255 }), ({ bytes }, position, change) => {
        const at = position % bytes.length;
        expect(parseLine(bytes.subarray(0, at))).toBeUndefined();
        const damaged = Buffer.from(bytes);
        damaged[at] = (bytes[at] ?? 0) ^ change;
        expect(parseLine(damaged)).toBeUndefined();
      }),
    );
  });

  it("of a kind that nobody knows is not read", () => {
    const bytes = Buffer.from("a b 0 1");
    const sum = bytes.reduce((total, byte) => total + byte, 0);
    expect(parseLine(Buffer.from(`${sum} a b 0 1`))).toBeUndefined();
  });
});
