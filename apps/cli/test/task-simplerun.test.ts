import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { expectPlainError } from "./borealis.ts";
import { stateWorld } from "./task-world.ts";

interface Listed {
  readonly taskId: string;
  readonly taskState: string;
  readonly sandbox: string;
  readonly executor?: { readonly alive: boolean };
  readonly processes: readonly { readonly exitCode?: number }[];
}

async function worldOf() {
  const world = await stateWorld();
  const list = async () => JSON.parse((await world.run(["status", "-o", "json"])).stdout) as Listed[];
  const outputOf = (sandbox: string, name = "simple") =>
    readFileSync(join(sandbox, `.logs/${name}/0/stdout`), "utf8");
  return { ...world, list, outputOf };
}

test("simplerun runs a command line as a task, and its result is the exit code", async () => {
  const { run, list, outputOf } = await worldOf();
  const good = await run(["simplerun", "--log", "text", "echo", "a  b", "&&", "pwd"]);
  expect(good.code, good.stderr).toBe(0);
  expect(good.stderr).toContain("Running command: 'echo a  b && pwd'");
  const [task] = await list();
  expect(task).toMatchObject({ taskState: "SUCCESS", processes: [{ name: "simple", exitCode: 0 }] });
  expect(outputOf(task?.sandbox ?? "")).toBe(`a b\n${task?.sandbox}\n`);
  expect(task?.taskId).toMatch(/^simple-\d{8}-\d{6}/);
  expect((await run(["simplerun", "--name", "bad", "--", "exit", "3"])).code).toBe(4);
});

test("-P, -E, --bind and --env reach the command, values holding = too", async () => {
  const { run, list, outputOf } = await worldOf();
  const { code, stderr } = await run([
    "simplerun",
    ...["-P", "http:8080", "-E", "greeting=a=b", "--bind", "who=c", "--env", "LANG=x=y"],
    'echo {{thermos.ports[http]}} {{greeting}} {{who}} "$LANG"',
  ]);
  expect(code, stderr).toBe(0);
  const [task] = await list();
  expect(outputOf(task?.sandbox ?? "")).toBe("8080 a=b c x=y\n");
});

test.for([
  [
    ["echo {{thermos.ports[http]}} {{thermos.ports[admin]}}"],
    3,
    "Unbound ports: http, admin; give them with -P http:<port> -P admin:<port>",
  ],
  [["echo {{greeting}}"], 2, "cmdline: {{greeting}} is bound to nothing"],
  [["--name", "a/b", "true"], 2, "--name: must be a file name"],
  [["--env", "1A=b", "true"], 2, "as in LANG=C"],
  [["-E", "a", "true"], 2, '"a" binds nothing'],
  [["-P", "http:x", "true"], 2, "as in http:8080"],
  [[], 2, "missing required argument"],
] as const)("%j is refused before anything is made", async ([args, code, expected]) => {
  const { run, state } = await worldOf();
  const refused = await run(["simplerun", ...args]);
  expect(refused.stderr).toContain(expected);
  expect(refused).toMatchObject({ code, stdout: "" });
  expectPlainError(refused.stderr);
  expect(existsSync(join(state, "tasks"))).toBe(false);
});

test("kill ends a task whose executor was killed, with its final processes' chance to run", async () => {
  const { start, run, list } = await worldOf();
  const running = start([
    "simplerun",
    "--task-id",
    "left",
    "trap 'echo told; exit 0' TERM; echo up; sleep 600 & wait",
  ]);
  await expect
    .poll(async () => (await list())[0]?.processes[0], { timeout: 15_000 })
    .toMatchObject({ state: "RUNNING" });
  running.child.kill("SIGKILL");
  await running.exit;
  expect((await list())[0]).toMatchObject({ taskState: "ACTIVE", executor: { alive: false } });
  expect(await run(["kill", "left"])).toMatchObject({ code: 0, stdout: "Killing left...done.\n" });
  const [task] = await list();
  expect(task).toMatchObject({ taskState: "KILLED", finished: true });
  expect((await run(["tail", "left", "-n", "all"])).stdout).toMatch(/told\n$/);
});
