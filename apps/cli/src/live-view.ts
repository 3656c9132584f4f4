import { styleText } from "node:util";
import type { ProcessReport, ProcessState, TaskState } from "@borealis/schema";
import type { LiveModel } from "./live-model.ts";
import { formatTable, printable } from "./table.ts";
import { formatEnd, formatSpan, isLive } from "./task-text.ts";

export interface Viewport {
  readonly columns: number;
  readonly rows: number;
  readonly color: boolean;
  /** Milliseconds since the Unix epoch. */
  readonly now: number;
}

type Style = Parameters<typeof styleText>[0];

const HEADER = ["PROCESS", "STATE", "RUN", "PID", "FOR", "LAST END"];
const ALIGN = ["left", "left", "right", "right", "right", "left"] as const;

/** The task's line, the header, what is not shown, and the cursor's. */
const OTHER_LINES = 4;
const SUMMARY = { columns: Number.POSITIVE_INFINITY, rows: 24, color: false };

const STYLE_OF_PROCESS: Readonly<Record<ProcessState, Style>> = {
  WAITING: "dim",
  FORKED: "cyan",
  RUNNING: "green",
  SUCCESS: "dim",
  FAILED: "red",
  KILLED: "yellow",
  LOST: "yellow",
};

const STYLE_OF_TASK: Readonly<Record<TaskState, Style>> = {
  ACTIVE: "green",
  CLEANING: "yellow",
  FINALIZING: "yellow",
  SUCCESS: "green",
  FAILED: "red",
  KILLED: "yellow",
  LOST: "yellow",
};

/** When not all fit: what runs, then what went wrong, then what is to come. */
const WEIGHT: Readonly<Record<ProcessState, number>> = {
  RUNNING: 0,
  FORKED: 0,
  FAILED: 1,
  LOST: 1,
  KILLED: 1,
  WAITING: 2,
  SUCCESS: 3,
};

/** Lines, none wider than the terminal, and one fewer than it is high: the cursor needs the last. */
export function renderView(model: LiveModel, { columns, rows, color, now }: Viewport): string[] {
  const shown = chooseRows(model.processes, Math.max(0, rows - OTHER_LINES));
  const [header = "", ...table] = formatTable(HEADER, rowsOf(shown, now), ALIGN).split("\n");
  const rest = restOf(model.processes, shown);
  const line = (style: Style | undefined, text: string) => {
    const cut = cutTo(text, columns);
    return color && style !== undefined ? styleText(style, cut, { validateStream: false }) : cut;
  };
  const lines = [
    line(STYLE_OF_TASK[model.taskState], taskLine(model, now)),
    ...(shown.length === 0 ? [] : [line("dim", `  ${header}`)]),
    ...shown.map(({ state }, index) => line(STYLE_OF_PROCESS[state], `  ${table[index] ?? ""}`)),
    ...(rest === "" ? [] : [line("dim", `  ${rest}`)]),
  ];
  return lines.slice(0, Math.max(1, rows - 1));
}

/** What is left on the screen, or in a log, when all is over. */
export function renderSummary(model: LiveModel, now: number): string[] {
  return renderView(model, { ...SUMMARY, now });
}

function taskLine(model: LiveModel, now: number): string {
  const { title, taskState, since, endedAt, reason, health, announced, throttledUntil } = model;
  const time = formatSpan((endedAt ?? now) - since);
  const parts = [
    `${title}  ${taskState} ${endedAt === undefined ? time : `after ${time}`}`,
    throttledUntil === undefined ? "" : `THROTTLED: starts again in ${formatSpan(throttledUntil - now)}`,
    health === undefined || health === "disabled" ? "" : health,
    announced === undefined || announced === "disabled" ? "" : announced,
    reason ?? "",
  ];
  return printable(parts.filter((part) => part !== "").join(" · "));
}

/** In the file's order, so that a row stays where it is. */
function chooseRows(processes: readonly ProcessReport[], most: number): readonly ProcessReport[] {
  if (processes.length <= most) return processes;
  const byWeight = processes.toSorted((one, other) => WEIGHT[one.state] - WEIGHT[other.state]);
  const chosen = new Set(byWeight.slice(0, most));
  return processes.filter((process) => chosen.has(process));
}

function rowsOf(processes: readonly ProcessReport[], now: number): string[][] {
  return processes.map((process) => {
    const { name, state, run, pid, startedAt, endedAt } = process;
    const hasRun = state !== "WAITING" || run > 0;
    const took = startedAt === undefined ? undefined : (endedAt ?? now) - startedAt;
    return [
      name,
      state,
      hasRun ? String(run) : "",
      isLive(process) && pid !== undefined ? String(pid) : "",
      hasRun && took !== undefined ? formatSpan(took) : "",
      formatEnd(process),
    ];
  });
}

/** `… and 173 more (8 RUNNING, 165 WAITING)` */
function restOf(processes: readonly ProcessReport[], shown: readonly ProcessReport[]): string {
  if (shown.length === processes.length) return "";
  const seen = new Set(shown);
  const counts = new Map<ProcessState, number>();
  for (const process of processes) {
    if (!seen.has(process)) counts.set(process.state, (counts.get(process.state) ?? 0) + 1);
  }
  const states = [...counts].map(([state, count]) => `${count} ${state}`).join(", ");
  const more = shown.length === 0 ? "" : "… and ";
  const word = shown.length === 0 ? "processes" : "more";
  return `${more}${processes.length - shown.length} ${word} (${states})`;
}

/** By code points: half a pair would be shown as a box. */
function cutTo(text: string, columns: number): string {
  if (text.length <= columns) return text;
  const points = [...text];
  if (points.length <= columns) return text;
  return columns < 1 ? "" : `${points.slice(0, columns - 1).join("")}…`;
}
