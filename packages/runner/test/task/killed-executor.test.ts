import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readCheckpoint } from "../../src/checkpoint/checkpoint-file.ts";
import { finishedTask } from "../../src/state/state-directory.ts";

const HOLDER = join(import.meta.dirname, "holder.ts");

let stateDirectory: string;
const children: ChildProcess[] = [];

beforeEach(() => {
  stateDirectory = mkdtempSync(join(tmpdir(), "borealis-killed-"));
});

afterEach(async () => {
  for (const child of children.splice(0)) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    child.kill("SIGTERM");
    await once(child, "exit");
  }
  rmSync(stateDirectory, { recursive: true, force: true });
});

interface Said {
  readonly problem?: string;
  readonly adopted?: boolean;
  readonly end?: { readonly taskState: string; readonly reason: string };
  readonly snapshot?: { readonly processes: readonly { readonly name: string; readonly state: string }[] };
}

function hold(taskId: string, task: object) {
  const file = join(stateDirectory, `${taskId}.json`);
  writeFileSync(file, JSON.stringify(task));
  const child = spawn(process.execPath, [HOLDER, stateDirectory, taskId, file], {
    stdio: ["ignore", "pipe", "inherit"],
    // It starts two hundred times.
    env: { ...process.env, NODE_COMPILE_CACHE: join(tmpdir(), "borealis-holder-cache") },
  });
  children.push(child);
  const said: Said[] = [];
  createInterface(child.stdout).on("line", (line) => said.push(JSON.parse(line)));
  return { child, said, exited: once(child, "exit") };
}

async function killed({ child, exited }: ReturnType<typeof hold>): Promise<void> {
  child.kill("SIGKILL");
  await exited;
}

const sandboxOf = (taskId: string, ...path: string[]) => join(stateDirectory, "sandboxes", taskId, ...path);
const linesOf = (taskId: string, file: string) =>
  existsSync(sandboxOf(taskId, file)) ? readFileSync(sandboxOf(taskId, file), "utf8").trim().split("\n") : [];

/** Who has this directory as HOME; bash may be between fork and exec. */
function left(taskId: string): string[] {
  return readdirSync("/proc").filter((pid) => {
    try {
      return (
        /^\d+$/.test(pid) &&
        readFileSync(`/proc/${pid}/environ`, "latin1").includes(`HOME=${sandboxOf(taskId)}\0`)
      );
    } catch {
      return false;
    }
  });
}

describe("an executor that is killed", () => {
  it("is followed by one that has the task, its processes, and the exit status of what ended meanwhile", async () => {
    const process = (name: string, cmdline: string, more = {}) => ({
      name,
      cmdline,
      min_duration: 0,
      ...more,
    });
    const task = {
      processes: [
        process("first", "touch running; until [ -e go ]; do sleep 0.01; done; touch gone; exit 7", {
          max_failures: 2,
        }),
        process("ended", "until [ -e go ]; do sleep 0.01; done; kill -9 $$", {
          ephemeral: true,
          max_failures: 1,
        }),
        process("stays", "echo $$ >> stays; until [ -e end ]; do sleep 0.01; done"),
        process("after", "echo after >> order"),
        process("final", "echo final >> order", { final: true }),
      ],
      constraints: [{ order: ["stays", "after"] }],
    };
    const first = hold("t", task);
    await expect.poll(() => linesOf("t", "stays")).toHaveLength(1);
    await expect.poll(() => existsSync(sandboxOf("t", "running"))).toBe(true);
    await killed(first);
    writeFileSync(sandboxOf("t", "go"), "");
    await expect.poll(() => existsSync(sandboxOf("t", "gone"))).toBe(true);
    rmSync(sandboxOf("t", "gone"));

    const second = hold("t", task);
    // It has learnt that the first run failed with 7, and started the second, which fails as well.
    await expect
      .poll(() => second.said.find(({ end }) => end)?.end ?? second.said.at(-1)?.snapshot)
      .toBeDefined();
    await expect.poll(() => existsSync(sandboxOf("t", "gone"))).toBe(true);
    await second.exited;
    expect(second.said.find(({ adopted }) => adopted !== undefined)).toMatchObject({ adopted: true });
    expect(second.said.flatMap(({ end }) => end ?? [])).toEqual([
      {
        taskState: "FAILED",
        reason: 'process "first" exited with 7 and had 2 of 2 failures',
        onRequest: false,
      },
    ]);
    expect(linesOf("t", "stays")).toHaveLength(1);
    expect(linesOf("t", "order")).toEqual(["final"]);
    expect(left("t")).toEqual([]);
  });

  it.each([1, 2])(
    "at random points, a hundred times, loses no run and no exit status (%d)",
    async (number) => {
      const taskId = `random-${number}`;
      // Each run says when it begins and ends, is alone of its process, and ends with a status of its own.
      const cmdline = (name: string) => `
      mkdir ${name}.alone || { echo ${name} >> twice; exit 99; }
      n=$(wc -l < ${name}.begun 2>/dev/null || echo 0); echo $n >> ${name}.begun
      sleep 0.0$((RANDOM % 10)); rmdir ${name}.alone; echo $n >> ${name}.ended
      [ -e enough ] && exit 0; exit $((n % 50 + 1))`;
      const names = ["a", "b", "c"];
      const task = {
        processes: [
          ...names.map((name) => ({ name, cmdline: cmdline(name), max_failures: 0, min_duration: 0 })),
          { name: "final", cmdline: "cat a.alone b.alone c.alone; echo final >> finals", final: true },
        ],
      };
      for (let kills = 0; kills < 100; kills++) {
        const holder = hold(taskId, task);
        // While it begins, or while it is at work.
        if (kills % 4 > 0) await expect.poll(() => holder.said.length, { interval: 2 }).toBeGreaterThan(0);
        await sleep(Math.random() * (kills % 4 > 0 ? 150 : 500));
        await killed(holder);
        expect(holder.said.flatMap(({ problem }) => problem ?? [])).toEqual([]);
      }
      const last = hold(taskId, task);
      await expect.poll(() => last.said.length).toBeGreaterThan(0);
      writeFileSync(sandboxOf(taskId, "enough"), "");
      await last.exited;
      expect(last.said.flatMap(({ end }) => end?.taskState ?? [])).toEqual(["SUCCESS"]);
      expect(linesOf(taskId, "twice")).toEqual([]);
      expect(linesOf(taskId, "finals")).toEqual(["final"]);
      const { records } = readCheckpoint(finishedTask(stateDirectory, taskId));
      for (const name of names) {
        const runs = linesOf(taskId, `${name}.begun`);
        expect(runs.length).toBeGreaterThan(50);
        expect(linesOf(taskId, `${name}.ended`)).toEqual(runs);
        const exits = records.flatMap((record) =>
          "event" in record && record.event.type === "exited" && record.event.process === name
            ? [[record.event.run, record.event.exit]]
            : [],
        );
        const expected = runs.map((_, run) => [run, { exitCode: (run % 50) + 1 }]);
        expect(exits.slice(0, -1)).toEqual(expected.slice(0, exits.length - 1));
        expect(exits).toHaveLength(runs.length);
      }
      expect(left(taskId)).toEqual([]);
    },
    600_000,
  );
});
