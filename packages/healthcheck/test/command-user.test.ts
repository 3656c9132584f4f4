import { execFileSync } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock } from "@borealis/clock";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type CommandProbeOptions, commandProbe } from "../src/command/command-probe.ts";

const NOBODY = { user: "nobody", uid: 65_534, gid: 65_534 };
let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "borealis-command-"));
  chmodSync(directory, 0o755);
});

afterEach(() => rmSync(directory, { recursive: true, force: true }));

async function check(command: string, options: Partial<CommandProbeOptions> = {}, more: object = {}) {
  const asked = { command, directory, user: "nobody", runAs: NOBODY, ...options };
  const probe = commandProbe(asked, { clock: systemClock, ...more });
  using deadline = systemClock.deadline(20_000);
  const result = await probe.check(deadline.signal);
  probe.close();
  return result;
}

// Only root may become somebody else.
describe.skipIf(process.getuid?.() !== 0)("a command as another user", () => {
  it("has that user's rights, name and groups", async () => {
    expect(await check("echo $(id -u) $(id -g) $(id -G) $USER $LOGNAME; exit 1")).toMatchObject({
      statusCode: 1,
      output: "65534 65534 65534 nobody nobody\n",
    });
  });

  it("may write to /dev/stderr by name, as under its own shell", async () => {
    expect(await check("echo unwell > /dev/stderr; exit 1")).toMatchObject({ output: "unwell\n" });
  });

  it("can be ended by us, with all it started", async () => {
    const result = await check("setsid sleep 1000 & kill -9 $$");
    expect(result).toMatchObject({ kind: "exit", reason: expect.stringContaining("SIGKILL") });
  });

  it("who is not one of this host can not be run, in setpriv's words", async () => {
    const runAs = { user: "noone", uid: 4_242_424, gid: 4_242_424 };
    const result = await check("true", { runAs });
    expect(result).toMatchObject({
      kind: "internal",
      reason: expect.stringMatching(/^Command 'true' can not be run: setpriv: .*4242424/),
    });
    expect(result).not.toHaveProperty("statusCode");
  });

  it("without bash can not be run, in setpriv's words", async () => {
    expect(await check("true", {}, { bash: "/nowhere/bash" })).toMatchObject({
      kind: "internal",
      reason: expect.stringMatching(/can not be run: setpriv: .*\/nowhere\/bash/),
    });
  });

  it("that fails by itself has its own status, whatever it writes of setpriv", async () => {
    expect(await check("echo no setpriv: none; exit 1")).toMatchObject({ kind: "exit", statusCode: 1 });
  });

  it("of whom no more processes may run says so", async () => {
    const program = [process.execPath, join(import.meta.dirname, "command-check.ts")];
    const rights = ["--reuid=65534", "--regid=65534", "--clear-groups"];
    const [before, after] = JSON.parse(String(execFileSync("setpriv", [...rights, ...program])));
    expect(before).toMatchObject({ healthy: true });
    expect(after).toMatchObject({
      kind: "internal",
      reason:
        "Command 'true' can not be run: no process can be started: a limit of this host or its user is reached",
    });
  });
});
