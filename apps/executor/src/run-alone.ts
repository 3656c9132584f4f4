import { hostname } from "node:os";
import type { Ports, Task } from "@borealis/schema";
import { taskExitCode } from "./exit-code.ts";
import { specOfJob } from "./instance-spec.ts";
import { JobReader, type JobRequest } from "./read-job.ts";
import { runStandalone, type StandaloneSettings, standaloneTaskId } from "./standalone.ts";
import { StopSignals } from "./stop-signals.ts";
import type { TaskView } from "./task-view.ts";

export interface RunAloneCommand extends JobRequest {
  readonly instance: number;
  readonly ports: Ports;
  readonly taskId: string | undefined;
}

/**
 * Runs the task of a job, or one that a .thermos file exports, as `thermos run` did: nobody else is told of it.
 * @returns the exit code: the task's result.
 * @throws ExecutorError, RunnerError; nothing runs then.
 */
export async function runAlone(
  command: RunAloneCommand,
  settings: StandaloneSettings & { readonly environment: Readonly<Record<string, string>> },
  view?: TaskView,
): Promise<number> {
  const { ports } = command;
  const { environment, clock } = settings;
  const idOf = (name: string) => command.taskId ?? standaloneTaskId(name, clock.wallTime());
  using signals = new StopSignals();
  try {
    const read = await readTask(command, idOf, signals.first);
    return await runStandalone({ ...read, ports, environment }, settings, { view, signals });
  } catch (error) {
    if (error !== signals.first.reason) throw error;
    return taskExitCode([], signals.received);
  }
}

interface Read {
  readonly name: string;
  readonly taskId: string;
  readonly task: Task;
  readonly user: string | undefined;
}

async function readTask(
  command: RunAloneCommand,
  idOf: (name: string) => string,
  signal: AbortSignal,
): Promise<Read> {
  const notices: string[] = [];
  const read = await new JobReader(signal, (text) => notices.push(text)).readJobOrTask(command);
  for (const notice of notices) process.stderr.write(`${notice}\n`);
  if ("task" in read) {
    const { task } = read;
    return { name: task.name, taskId: idOf(task.name), task, user: task.user };
  }
  const { job } = read;
  const taskId = idOf(job.name);
  const { run } = specOfJob(job, {
    instance: command.instance,
    given: command.ports,
    host: hostname(),
    taskId,
    sidecar: false,
    allowCustomServerSetPath: true,
    newId: () => taskId,
  });
  return { name: job.name, taskId, task: run?.task ?? job.task, user: job.role };
}
