import { randomUUID } from "node:crypto";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock } from "@borealis/clock";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  type CommandProbeDeps,
  type CommandProbeOptions,
  commandProbe,
} from "../src/command/command-probe.ts";
import { openFiles } from "./loopback.ts";

const deps: CommandProbeDeps = { clock: systemClock };
let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "borealis-command-"));
});

afterEach(() => rmSync(directory, { recursive: true, force: true }));

const probe = (command: string, options: Partial<CommandProbeOptions> = {}, more: object = {}) =>
  commandProbe({ command, directory, user: "www-data", ...options }, { ...deps, ...more });

async function check(command: string, options: Partial<CommandProbeOptions> = {}, more: object = {}) {
  const asked = probe(command, options, more);
  using deadline = systemClock.deadline(20_000);
  const result = await asked.check(deadline.signal);
  asked.close();
  return result;
}

async function outputOf(command: string, options: Partial<CommandProbeOptions> = {}) {
  const result = await check(`${command}\nexit 1`, options);
  return result.healthy ? undefined : (result.output ?? "");
}

const durationMs = expect.any(Number);

describe("a command", () => {
  it("that exits with 0 is healthy, whatever it writes", async () => {
    expect(await check("echo unwell >&2")).toEqual({ healthy: true, durationMs });
  });

  it.each([1, 126, 127, 255])("that exits with %i is not, and the result says so", async (statusCode) => {
    const command = `echo tired; exit ${statusCode}`;
    expect(await check(command)).toEqual({
      healthy: false,
      kind: "exit",
      statusCode,
      reason: `Command '${command}' returned non-zero exit status ${statusCode} with output 'tired'`,
      output: "tired\n",
      durationMs,
    });
  });

  it("that does not exist is bash's to complain about", async () => {
    expect(await check("no-such-command-anywhere")).toMatchObject({
      kind: "exit",
      statusCode: 127,
      reason: expect.stringMatching(
        /exit status 127 with output '.*no-such-command-anywhere: command not found'$/,
      ),
    });
  });

  it("that a signal ends has no exit status; the reason names the signal", async () => {
    expect(await check("echo ouch; kill -SEGV $$")).toEqual({
      healthy: false,
      kind: "exit",
      reason: "Command 'echo ouch; kill -SEGV $$' was ended by SIGSEGV with output 'ouch'",
      output: "ouch\n",
      durationMs,
    });
  });

  it("has an empty stdin", async () => {
    expect(await check("[ -z $(cat) ]")).toMatchObject({ healthy: true });
  });

  it("that is long or writes much stands in its reason by its beginning and its end, on one line", async () => {
    const result = await check(
      `printf 'a\\n%.0s' {1..200}; printf '\\e[31mthe end\\n'; : ${"x".repeat(200)}\nexit 1`,
    );
    expect(result).toMatchObject({
      reason: expect.stringMatching(
        /^Command 'printf 'a\\n%\.0s' .{0,70}…' returned non-zero exit status 1 with output '…[a ]+\[31mthe end'$/,
      ),
    });
  });
});

describe("what a command writes", () => {
  it("is kept in the order in which it was written, to stdout or to stderr", async () => {
    expect(await outputOf("for i in 1 2 3; do echo out $i; echo err $i >&2; done")).toBe(
      "out 1\nerr 1\nout 2\nerr 2\nout 3\nerr 3\n",
    );
  });

  it("may be written to /dev/stdout and /dev/stderr by name", async () => {
    expect(await outputOf("echo out > /dev/stdout; echo err > /dev/stderr")).toBe("out\nerr\n");
  });

  it("is kept from its end: the last 4 KB", async () => {
    const output = await outputOf("seq 10000");
    expect(output).toHaveLength(4096);
    expect(output).toMatch(/\n9999\n10000\n$/);
  });

  it.each([0, 1, 2, 3])("is not cut in the middle of a character (%i bytes after it)", async (behind) => {
    const output = await outputOf(`printf '😀%.0s' {1..1100}; printf '%s' '${".".repeat(behind)}'`);
    expect(output).toMatch(/^(😀)+\.*$/u);
    expect(Buffer.byteLength(output ?? "")).toBeGreaterThan(4096 - 4);
  });

  it("may be a gigabyte: the command is not held up, and our memory does not grow by it", async () => {
    const before = process.memoryUsage.rss();
    const result = await check("head -c 1G /dev/zero; echo done; exit 3");
    expect(result).toMatchObject({ statusCode: 3, output: `${"\0".repeat(4096 - 5)}done\n` });
    expect(process.memoryUsage.rss() - before).toBeLessThan(256 * 1024 * 1024);
  });

  it("is of this check alone, even if the one before was ended in the midst of writing", async () => {
    const asked = probe("if [ -e before ]; then echo new; exit 1; fi; touch before; yes old");
    const stopping = new AbortController();
    const first = asked.check(stopping.signal);
    await expect.poll(() => existsSync(join(directory, "before"))).toBe(true);
    stopping.abort(new Error("enough"));
    expect(await first).toMatchObject({ kind: "timeout", reason: expect.stringMatching(/: enough$/) });
    expect(await asked.check(new AbortController().signal)).toMatchObject({ output: "new\n" });
    asked.close();
  });
});

describe("the environment of a command", () => {
  it("is PATH, HOME, USER and LOGNAME; nothing of ours, such as secrets", async () => {
    process.env["BOREALIS_SECRET"] = "of the executor";
    try {
      const output = await outputOf("env");
      const variables = Object.fromEntries((output ?? "").split("\n").map((line) => line.split("=", 2)));
      expect(variables).toEqual({
        "": undefined,
        BOREALIS_CHECK: expect.stringMatching(/^[0-9a-f-]{36}$/),
        PATH: process.env["PATH"],
        HOME: directory,
        USER: "www-data",
        LOGNAME: "www-data",
        // Bash's own.
        PWD: directory,
        SHLVL: "1",
        _: expect.anything(),
      });
    } finally {
      delete process.env["BOREALIS_SECRET"];
    }
  });

  it("is another one each time, so that who is left of one check is not taken for the next's", async () => {
    const asked = probe("echo $BOREALIS_CHECK >> checks");
    for (let run = 0; run < 2; run++) await asked.check(new AbortController().signal);
    asked.close();
    expect(new Set(readFileSync(join(directory, "checks"), "utf8").trim().split("\n")).size).toBe(2);
  });
});

describe("a command that can not be run", () => {
  const problemOf = async (
    command: string,
    options: Partial<CommandProbeOptions> = {},
    more: object = {},
  ) => {
    const result = await check(command, options, more);
    if (result.healthy) return "healthy";
    expect(result).not.toHaveProperty("statusCode");
    return [result.kind, result.reason];
  };

  it("for want of its directory says so", async () => {
    const gone = join(directory, "gone");
    expect(await problemOf("true", { directory: gone })).toEqual([
      "internal",
      `Command 'true' can not be run: ${gone} is not a directory`,
    ]);
  });

  it("for want of bash says so", async () => {
    expect(await problemOf("true", {}, { bash: "/nowhere/bash" })).toEqual([
      "internal",
      "Command 'true' can not be run: /nowhere/bash does not exist",
    ]);
  });

  it("for want of setpriv says so", async () => {
    const runAs = { user: "nobody", uid: 65_534, gid: 65_534 };
    expect(await problemOf("true", { runAs }, { setpriv: "no-such-setpriv" })).toEqual([
      "internal",
      "Command 'true' can not be run: no-such-setpriv is not installed (Debian package util-linux)",
    ]);
  });

  it("because it is too long says so", async () => {
    expect(await problemOf(`: ${"x".repeat(5_000_000)}`)).toEqual([
      "internal",
      expect.stringMatching(/…' can not be run: the command is too long for this system$/),
    ]);
  });

  it("because it holds a NUL says so", async () => {
    expect(await problemOf("true \0")).toEqual(["internal", expect.stringContaining("null bytes")]);
  });
});

describe("checks by command", () => {
  it("run beside each other, each with its own output", async () => {
    const names = Array.from({ length: 8 }, () => randomUUID());
    const outputs = await Promise.all(names.map((name) => outputOf(`echo ${name}`)));
    expect(outputs).toEqual(names.map((name) => `${name}\n`));
  });

  it("leave no file open: fifty in a row, two that can not be run, and one that is stopped", async () => {
    await check("true");
    const files = openFiles();
    const asked = probe("true");
    for (let run = 0; run < 50; run++) await asked.check(new AbortController().signal);
    expect(openFiles()).toBe(files + 1);
    asked.close();
    await check("true", {}, { bash: "/nowhere/bash" });
    await check("true \0");
    const stopped = probe("sleep 1000");
    using deadline = systemClock.deadline(50);
    await stopped.check(deadline.signal);
    stopped.close();
    await expect.poll(openFiles).toBe(files);
  });

  it("that are stopped before they began run nothing", async () => {
    const asked = probe("touch began");
    const result = await asked.check(AbortSignal.abort(new Error("the instance has ended")));
    asked.close();
    expect(result).toMatchObject({
      kind: "timeout",
      reason: expect.stringContaining("the instance has ended"),
    });
    expect(existsSync(join(directory, "began"))).toBe(false);
  });
});
