import { type ChildProcess, fork, type StdioOptions } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished } from "vitest";
import type { RunNews, StartRequest } from "../../src/keeper/keeper.ts";
import type { Task } from "./task-world.ts";

const PROGRAM = fileURLToPath(new URL("other-executor.ts", import.meta.url));
// Node closes those of low numbers to what it starts.
const WITH_A_FILE_OPEN = 'exec "$0" "$@" 40< /dev/null';

export interface OtherExecutor {
  readonly child: ChildProcess;
  readonly launcher: number;
  readonly news: RunNews[];
  readonly problems: string[];
  until<T extends RunNews["type"]>(type: T, process: string): Promise<RunNews & { type: T }>;
  killed(): Promise<void>;
}

/** Another program that has the task, and has started these. */
export async function otherExecutor(
  { directory, sandbox }: Task,
  requests: readonly StartRequest[],
  stdio: StdioOptions = ["ignore", "inherit", "inherit", "ipc"],
): Promise<OtherExecutor> {
  const child = fork(PROGRAM, [JSON.stringify({ directory, sandbox, requests })], {
    stdio,
    execPath: "/bin/bash",
    execArgv: ["-c", WITH_A_FILE_OPEN, process.execPath],
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  const news: RunNews[] = [];
  const problems: string[] = [];
  let launcher = 0;
  child.on("message", (message: { launcher?: number; news?: RunNews; problem?: string }) => {
    if (message.launcher !== undefined) launcher = message.launcher;
    if (message.news !== undefined) news.push(message.news);
    if (message.problem !== undefined) problems.push(message.problem);
  });
  await expect.poll(() => launcher, { interval: 5 }).toBeGreaterThan(0);
  return {
    child,
    launcher,
    news,
    problems,

    async until(type, process) {
      const find = () => news.find((one) => one.process === process && one.type === type);
      await expect.poll(find, { interval: 5 }).toBeDefined();
      return find() as never;
    },

    async killed() {
      const exit = once(child, "exit");
      child.kill("SIGKILL");
      await exit;
    },
  };
}
