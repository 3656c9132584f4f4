import { processReports, type TaskSummary, type Throttled } from "@borealis/runner";
import type { ProcessReport, TaskState } from "@borealis/schema";
import { formatTable, printable } from "./table.ts";
import { formatAt, formatEnd } from "./task-text.ts";

/** What is told of one task; as JSON the same. Times are milliseconds since the Unix epoch. */
export interface StatusReport {
  readonly taskId: string;
  readonly finished: boolean;
  readonly instance?: string;
  readonly taskState?: TaskState;
  readonly reason?: string;
  readonly startedAt?: number;
  /** Of its latest record: of one that has ended, its end. */
  readonly lastAt?: number;
  readonly user?: string;
  readonly ports?: Readonly<Record<string, number>>;
  readonly sandbox?: string;
  /** Whoever had it last. */
  readonly executor?: { readonly pid: number; readonly alive: boolean };
  readonly processes?: readonly ProcessReport[];
  /** Why some of it is missing. */
  readonly problem?: string;
}

export function statusReport(summary: TaskSummary): StatusReport {
  const { taskId, finished, header, machine, lastAt, holder, problem } = summary;
  return {
    taskId,
    finished,
    ...(header === undefined ? {} : ofHeader(header)),
    ...(machine === undefined ? {} : { taskState: machine.stage, processes: processReports(machine) }),
    ...(machine?.verdict === undefined ? {} : { reason: machine.verdict.reason }),
    ...(lastAt === undefined ? {} : { lastAt: Math.round(lastAt) }),
    ...(holder === undefined ? {} : { executor: holder }),
    ...(problem === undefined ? {} : { problem }),
  };
}

function ofHeader({ instance, startedAt, user, ports, sandbox }: NonNullable<TaskSummary["header"]>) {
  return {
    ...(instance === undefined ? {} : { instance }),
    startedAt: Math.round(startedAt),
    user,
    ports,
    sandbox,
  };
}

export function statusText(reports: readonly StatusReport[], verbose: boolean): string {
  const section = (title: string, finished: boolean) => {
    const of = reports.filter((report) => report.finished === finished);
    if (of.length === 0) return [];
    const body = verbose ? of.map(details).join("\n\n") : table(of, finished);
    return [`${title} tasks:\n${indented(body)}`];
  };
  return [...section("Active", false), ...section("Finished", true)].join("\n\n");
}

/** Instances that have no task at the moment. */
export function throttledText(throttled: readonly Throttled[]): string {
  const rows = throttled.map(({ instance, restarts, until, pid }) => [
    instance,
    String(restarts),
    formatAt(until),
    `executor pid ${pid}`,
  ]);
  const body = formatTable(["INSTANCE", "RESTARTS", "NEXT TASK", "EXECUTOR"], rows, ["left", "right"]);
  return `Throttled instances:\n${indented(body)}\n`;
}

function table(reports: readonly StatusReport[], finished: boolean): string {
  return formatTable(
    ["TASK", "INSTANCE", "STATE", "STARTED", finished ? "ENDED" : "EXECUTOR"],
    reports.map((report) => [
      report.taskId,
      report.instance ?? "-",
      report.taskState ?? "?",
      formatAt(report.startedAt),
      report.problem ?? (finished ? formatAt(report.lastAt) : executorOf(report)),
    ]),
  );
}

function executorOf({ executor }: StatusReport): string {
  if (executor?.alive) return `executor pid ${executor.pid}`;
  return "no executor: start one to go on with it";
}

function details(report: StatusReport): string {
  const { taskId, instance, taskState, reason, startedAt, finished, lastAt, user, ports, sandbox, problem } =
    report;
  const state = reason === undefined ? taskState : `${taskState}: ${reason}`;
  const facts: readonly (readonly [string, string | undefined])[] = [
    ["instance", instance],
    ["problem", problem],
    ["state", state],
    ["started", startedAt === undefined ? undefined : formatAt(startedAt)],
    finished ? ["ended", formatAt(lastAt)] : ["executor", executorOf(report)],
    ["user", user],
    ["ports", ports && (portsOf(ports) || "none")],
    ["sandbox", sandbox],
  ];
  const lines = facts.flatMap(([name, value]) =>
    value === undefined || value === "" ? [] : [`  ${name.padEnd(9)} ${printable(value)}`],
  );
  const processes = report.processes === undefined ? [] : [indented(processTable(report.processes))];
  return [printable(taskId), ...lines, ...processes].join("\n");
}

function portsOf(ports: Readonly<Record<string, number>>): string {
  return Object.entries(ports)
    .map(([name, port]) => `${name}:${port}`)
    .join(" ");
}

function processTable(processes: readonly ProcessReport[]): string {
  return formatTable(
    ["PROCESS", "STATE", "RUN", "PID", "LAST END", "STARTED", "ENDED"],
    processes.map((process) => [
      process.name,
      process.state,
      String(process.run),
      process.pid === undefined ? "" : String(process.pid),
      formatEnd(process),
      formatAt(process.startedAt),
      formatAt(process.endedAt),
    ]),
    ["left", "left", "right", "right"],
  );
}

function indented(text: string): string {
  return text.replace(/^(?=.)/gm, "  ");
}
