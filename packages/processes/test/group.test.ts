import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { systemClock } from "@borealis/clock";
import { createTestClock } from "@borealis/clock/testing";
import { describe, expect, it } from "vitest";
import { asUser, endGroup, signalGroup } from "../src/index.ts";

/** A shell that leads a group, has one child in it and has said which. */
async function withChild() {
  const shell = spawn("/bin/bash", ["-c", "trap '' TERM; sleep 1000 & echo $!; wait"], { detached: true });
  const exit = once(shell, "exit");
  const [said] = await once(shell.stdout, "data");
  return { group: shell.pid ?? 0, child: Number(String(said)), exit };
}

function runs(pid: number): boolean {
  try {
    return !/^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return false;
  }
}

describe("the end of a group", () => {
  it("comes for its children, too, even if they do not care for SIGTERM, and is waited for", async () => {
    const { group, child, exit } = await withChild();
    expect(runs(child)).toBe(true);
    await endGroup(group, systemClock);
    expect(runs(child)).toBe(false);
    expect(await exit).toEqual([null, "SIGKILL"]);
  });

  it("that is gone is nothing: no signal is sent, nothing is waited for", async () => {
    const shell = spawn("/bin/true", { detached: true });
    await once(shell, "exit");
    expect(signalGroup(shell.pid ?? 0, "SIGKILL")).toBe(false);
    await endGroup(shell.pid ?? 0, createTestClock());
  });
});

describe("a command as another user", () => {
  const command = ["/bin/bash", "-c", "id"];

  it("is setpriv's to start, with the user's groups", () => {
    expect(asUser({ user: "web", uid: 7, gid: 8 }, command)).toEqual([
      "setpriv",
      "--reuid=7",
      "--regid=8",
      "--init-groups",
      "--",
      ...command,
    ]);
  });

  it("is the command itself when there is no other user", () => {
    expect(asUser(undefined, command)).toEqual(command);
  });
});
