import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterEach, beforeEach, expect, test } from "vitest";
import { ask } from "../src/four-letter-word.ts";
import { directoriesIn, isFree } from "./traces.ts";

let temporary: string;

beforeEach(() => {
  temporary = mkdtempSync(join(tmpdir(), "borealis-test-"));
});

afterEach(() => {
  expect(directoriesIn(temporary)).toEqual([]);
  rmSync(temporary, { recursive: true });
});

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  test(`the command serves until ${signal} and ends cleanly`, async () => {
    const command = run("--servers", "1");
    const [greeting] = await once(command.stdout.setEncoding("utf8"), "data");
    const port = Number(/serves at 127\.0\.0\.1:(\d+)$/m.exec(greeting)?.[1]);
    expect(greeting).toContain(`BOREALIS_ZK=127.0.0.1:${port} npx borealis serverset ls`);
    expect(await ask(port, "ruok")).toBe("imok");

    command.kill(signal);

    expect(await once(command, "exit")).toEqual([0, null]);
    expect(await isFree(port)).toBe(true);
  });
}

test("a signal while ZooKeeper still starts ends the command cleanly", async () => {
  const command = run("--servers", "3");
  await expect.poll(() => directoriesIn(temporary)).toHaveLength(1);
  command.kill("SIGINT");
  expect(await once(command, "exit")).toEqual([0, null]);
});

test("a wrong option is one sentence and exit code 2", async () => {
  expect(await outcome("--servers", "2")).toEqual({ code: 2, said: '--servers is 1 or 3, not "2".\n' });
  expect(await outcome("--port", "http")).toEqual({
    code: 2,
    said: '--port is a number from 1 to 65533, not "http".\n',
  });
  const unknown = await outcome("--serverz");
  expect(unknown.code).toBe(2);
  expect(unknown.said).toMatch(/^Unknown option '--serverz'.*npm run zookeeper -- --help"\.\n$/);
});

test("a port in use is said in one line", async () => {
  const stranger = createServer((socket) => socket.destroy());
  await new Promise<void>((listening) => stranger.listen(0, "127.0.0.1", listening));
  const address = stranger.address();
  const port = typeof address === "object" ? address?.port : undefined;
  const { code, said } = await outcome("--port", String(port));
  expect(code).toBe(1);
  expect(said.trimEnd()).toBe(`Port ${port} is in use: give another one with --port, or leave it out.`);
  await new Promise((closed) => stranger.close(closed));
});

function run(...options: string[]) {
  return spawn(process.execPath, [join(import.meta.dirname, "../src/main.ts"), ...options], {
    env: { ...process.env, TMPDIR: temporary },
    stdio: ["ignore", "pipe", "pipe"],
  });
}

async function outcome(...options: string[]): Promise<{ code: number | null; said: string }> {
  const command = run(...options);
  const [said] = await Promise.all([text(command.stderr), once(command, "exit")]);
  return { code: command.exitCode, said };
}
