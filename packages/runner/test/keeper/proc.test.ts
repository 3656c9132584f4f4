import { spawn } from "node:child_process";
import { once } from "node:events";
import { describe, expect, it, onTestFinished } from "vitest";
import { everyProcess, isAlive, statOf } from "../../src/keeper/proc.ts";

/** Has a child that has ended and that it never reaps; a name with brackets; and says the child's number. */
const PARENT = `$0 = "a) R 1 (b"; $| = 1; my $child = fork // die; exit unless $child;
  1 until -e "/proc/$child/stat" && do { open my $f, '<', "/proc/$child/stat"; readline($f) =~ /\\) Z / };
  print "$child\\n"; sleep 1000;`;

describe("the process table", () => {
  it("tells zombies, later owners of a number and odd names apart", async () => {
    const parent = spawn("perl", ["-we", PARENT]);
    onTestFinished(() => void parent.kill("SIGKILL"));
    const zombie = statOf(Number(String((await once(parent.stdout, "data"))[0])));
    const stat = statOf(parent.pid ?? 0);
    if (zombie === undefined || stat === undefined) throw new Error("gone");
    expect(zombie.parent).toBe(stat.pid);
    expect(isAlive(zombie)).toBe(false);
    expect(isAlive(stat)).toBe(true);
    expect(isAlive({ ...stat, startTime: `${Number(stat.startTime) - 1}` })).toBe(false);
    expect(everyProcess().find(({ pid }) => pid === process.pid)).toMatchObject({ parent: process.ppid });
    expect(statOf(2 ** 30)).toBeUndefined();
  });
});
