import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { RunNews } from "../../src/keeper/keeper.ts";
import { RunLedger } from "../../src/keeper/run-ledger.ts";
import type { RunLine } from "../../src/keeper/runs-line.ts";

const identity = { pid: 1, startTime: "1" };
const facts = fc.constantFrom<Omit<RunLine, "process" | "run" | "at">>(
  { type: "kept", keeper: identity, command: identity, bootId: "b" } as never,
  { type: "started", pid: 2 } as never,
  { type: "startFailed", reason: "r" } as never,
  { type: "exited", status: 256 } as never,
  { type: "problem", reason: "r" } as never,
  { type: "gone", leftBehind: [] } as never,
  { type: "lost", reason: "r" } as never,
);
const lines = fc.array(fc.tuple(fc.constantFrom("a", "b"), fc.integer({ min: 0, max: 2 }), fc.nat(), facts), {
  maxLength: 40,
});

describe("the ledger of runs", () => {
  it("tells the end of each run at most once and nothing after it, whatever lines there are", () => {
    fc.assert(
      fc.property(lines, (all) => {
        const ledger = new RunLedger();
        const over = new Set<string>();
        for (const [process, run, at, rest] of all) {
          const news = ledger.take({ process, run, at, ...rest } as RunLine);
          expect(ledger.launched(process, run)).toBe(true);
          const key = `${process} ${run}`;
          if (news !== undefined) expect(over).not.toContain(key);
          if (news !== undefined && news.type !== "started") over.add(key);
          expect(
            ledger.live.map((live) => `${live.process} ${live.run}`).filter((live) => over.has(live)),
          ).toEqual([]);
        }
      }),
    );
  });

  const told = (...after: readonly object[]): (RunNews | undefined)[] => {
    const ledger = new RunLedger();
    return after.map((line, at) => ledger.take({ process: "a", run: 0, at, ...line } as RunLine));
  };

  it("tells of an exit when nothing of the tree is left, and when it was", () => {
    const [started, exited, gone] = told(
      { type: "started", pid: 5 },
      { type: "exited", status: 9 },
      { type: "gone", leftBehind: [] },
    );
    expect(started).toMatchObject({ type: "started", pid: 5 });
    expect(exited).toBeUndefined();
    expect(gone).toEqual({ type: "exited", process: "a", run: 0, at: 1, exit: { signal: "SIGKILL" } });
  });

  it.each([
    [0, { exitCode: 0 }],
    [137 << 8, { exitCode: 137 }],
    [9, { signal: "SIGKILL" }],
    [6 | 0x80, { signal: "SIGABRT" }],
    [40, { signal: "signal 40" }],
  ])("reads wait status %i as %j", (status, exit) => {
    expect(told({ type: "exited", status }, { type: "gone", leftBehind: [] })[1]).toMatchObject({ exit });
  });

  it("says what could not be ended", () => {
    const [, gone] = told({ type: "exited", status: 0 }, { type: "gone", leftBehind: [7, 8] });
    expect(gone).toMatchObject({ leftBehind: expect.stringContaining("processes 7, 8 could not be ended") });
  });
});
