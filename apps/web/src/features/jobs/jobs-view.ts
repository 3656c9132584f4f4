/** What of the jobs table the URL holds. Defaults are left out, so links stay short. */
export interface JobsView {
  readonly text: string;
  readonly role: string;
  readonly environment: string;
  readonly attention: boolean;
  readonly sort: Sort;
}

const SORT_COLUMNS = ["worst", "role", "env", "job", "instances", "healthy", "announced", "changed"] as const;
export type SortColumn = (typeof SORT_COLUMNS)[number];

export interface Sort {
  readonly column: SortColumn;
  readonly descending: boolean;
}

export const WORST_FIRST: Sort = { column: "worst", descending: true };

export function readJobsView(query: URLSearchParams): JobsView {
  return {
    text: query.get("q") ?? "",
    role: query.get("role") ?? "",
    environment: query.get("env") ?? "",
    attention: query.get("attention") === "yes",
    sort: readSort(query.get("sort") ?? ""),
  };
}

/** Keys of the query that are not ours are kept. */
export function writeJobsView(query: URLSearchParams, view: JobsView): string {
  const next = new URLSearchParams(query);
  const put = (name: string, value: string) => (value === "" ? next.delete(name) : next.set(name, value));
  put("q", view.text);
  put("role", view.role);
  put("env", view.environment);
  put("attention", view.attention ? "yes" : "");
  put("sort", formatSort(view.sort));
  return next.toString();
}

export function isFiltered(view: JobsView): boolean {
  return view.text.trim() !== "" || view.role !== "" || view.environment !== "" || view.attention;
}

function readSort(text: string): Sort {
  const descending = text.startsWith("-");
  const column = SORT_COLUMNS.find((known) => known === (descending ? text.slice(1) : text));
  return column === undefined ? WORST_FIRST : { column, descending };
}

function formatSort({ column, descending }: Sort): string {
  if (column === WORST_FIRST.column && descending) return "";
  return descending ? `-${column}` : column;
}
