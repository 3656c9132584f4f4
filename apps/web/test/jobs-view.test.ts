import { describe, expect, test } from "vitest";
import { filterJobs, sortJobs } from "../src/features/jobs/jobs-filter.ts";
import { readJobsView, WORST_FIRST, writeJobsView } from "../src/features/jobs/jobs-view.ts";
import type { JobRow } from "../src/features/jobs/model/job-row.ts";
import { Znodes } from "./znodes.ts";

const template = new Znodes().job(1).row();

function row(id: string, over: Partial<JobRow> = {}): JobRow {
  const [role = "", environment = "", name = ""] = id.split("/");
  return {
    ...template,
    id,
    key: { role, environment, name },
    severity: 0,
    hosts: [],
    health: [],
    tasks: [],
    ...over,
  };
}

const ROWS = [
  row("www-data/prod/hello", {
    severity: 3,
    health: ["failing", "healthy"],
    hosts: ["Web-01.example.com"],
    tasks: ["ACTIVE", "THROTTLED"],
  }),
  row("www-data/devel/hello", { health: ["disabled"], hosts: ["dev-01"] }),
  row("search/prod/index-www", { severity: 1, health: ["healthy"], hosts: ["web-02"], lastChangeMs: 9e12 }),
];

function matching(query: string): string[] {
  return filterJobs(ROWS, readJobsView(new URLSearchParams(query))).map(({ id }) => id);
}

describe("filters", () => {
  test.each([
    ["", [0, 1, 2]],
    ["q=HELLO", [0, 1]],
    ["q=hello+prod", [0]],
    ["q=www-data/prod", [0]],
    ["q=role:www", [0, 1]],
    ["q=env:PROD+index", [2]],
    ["q=host:web-0", [0, 2]],
    ["q=health:failing", [0]],
    ["q=health:unchecked", [1]],
    ["q=task:throttled", [0]],
    ["q=task:Throttled+role:search", []],
    ["q=task:", [0, 1, 2]],
    ["q=task:failed", []],
    ["q=nonsense:x", []],
    ["q=__proto__:x", []],
    ["q=constructor:x", []],
    ["q=health:constructor", []],
    ["q=health:", [0, 1, 2]],
    ["q=host:+hello", [0, 1]],
    ["role=search", [2]],
    ["env=prod&role=www-data", [0]],
    ["attention=yes", [0, 2]],
    ["attention=no", [0, 1, 2]],
  ])("%j", (query, expected) => {
    expect(matching(query)).toEqual(expected.map((index) => ROWS[index]?.id));
  });
});

describe("order", () => {
  const order = (sort: string) =>
    sortJobs(ROWS, readJobsView(new URLSearchParams({ sort })).sort).map(({ id }) =>
      ROWS.findIndex((r) => r.id === id),
    );
  test.each([
    ["", [0, 2, 1]],
    ["rubbish", [0, 2, 1]],
    ["worst", [1, 2, 0]],
    ["job", [1, 0, 2]],
    ["-job", [2, 1, 0]],
    ["role", [2, 1, 0]],
    ["-changed", [2, 1, 0]],
  ])("%j", (sort, expected) => {
    expect(order(sort)).toEqual(expected);
  });
});

test("the URL holds the view without its defaults, and keeps what is not ours", () => {
  const query = new URLSearchParams("utm=1&q=x&sort=-job");
  const view = readJobsView(query);
  expect(writeJobsView(query, view)).toBe("utm=1&q=x&sort=-job");
  expect(writeJobsView(query, { ...view, text: "", sort: WORST_FIRST, attention: true })).toBe(
    "utm=1&attention=yes",
  );
});
