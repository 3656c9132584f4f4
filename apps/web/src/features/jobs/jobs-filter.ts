import type { JobsView, Sort } from "./jobs-view.ts";
import type { JobRow } from "./model/job-row.ts";

/** Words are looked for in the job key; `role:`, `env:`, `host:`, `health:` and `task:` look where they say. All have to match. */
export function filterJobs(rows: readonly JobRow[], view: JobsView): JobRow[] {
  const tests = view.text.toLowerCase().split(/\s+/).filter(Boolean).map(testOf);
  return rows.filter(
    (row) =>
      (view.role === "" || row.key.role === view.role) &&
      (view.environment === "" || row.key.environment === view.environment) &&
      (!view.attention || row.severity > 0) &&
      tests.every((test) => test(row)),
  );
}

/** Anybody can write the words of a link: in an object, `constructor:` would find more than is in here. */
const FIELDS: ReadonlyMap<string, (row: JobRow, wanted: string) => boolean> = new Map([
  ["role", (row, wanted) => row.key.role.toLowerCase().includes(wanted)],
  ["env", (row, wanted) => row.key.environment.toLowerCase().includes(wanted)],
  ["host", (row, wanted) => row.hosts.some((host) => host.toLowerCase().includes(wanted))],
  ["health", (row, wanted) => row.health.some((health) => health === (HEALTH_WORDS.get(wanted) ?? wanted))],
  ["task", (row, wanted) => row.tasks.some((task) => task.toLowerCase() === wanted)],
]);

/** The words on the screen, where they are not those of the records. */
const HEALTH_WORDS: ReadonlyMap<string, string> = new Map([
  ["unchecked", "disabled"],
  ["not-checked", "disabled"],
]);

function testOf(word: string): (row: JobRow) => boolean {
  const [, field = "", wanted = ""] = /^(\w+):(.*)$/.exec(word) ?? [];
  const test = FIELDS.get(field);
  if (test === undefined) return (row) => row.id.toLowerCase().includes(word);
  // While it is being typed, a field without a value rules nothing out.
  return wanted === "" ? () => true : (row) => test(row, wanted);
}

const COLUMNS: Readonly<Record<Sort["column"], (a: JobRow, b: JobRow) => number>> = {
  worst: (a, b) => a.severity - b.severity,
  role: (a, b) => byText(a.key.role, b.key.role),
  env: (a, b) => byText(a.key.environment, b.key.environment),
  job: (a, b) => byText(a.key.name, b.key.name),
  instances: (a, b) => a.running - b.running,
  healthy: (a, b) => a.healthy - b.healthy,
  announced: (a, b) => a.announced - b.announced,
  changed: (a, b) => a.lastChangeMs - b.lastChangeMs,
};

/** Equal rows are in the order of their keys, so that nothing moves without a reason. */
export function sortJobs(rows: readonly JobRow[], { column, descending }: Sort): JobRow[] {
  const compare = COLUMNS[column];
  const sign = descending ? -1 : 1;
  return rows.toSorted((a, b) => sign * compare(a, b) || byText(a.id, b.id));
}

function byText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
