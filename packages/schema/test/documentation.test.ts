import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { parseJobs } from "../src/index.ts";

const DOCUMENT = readFileSync(join(import.meta.dirname, "../../../docs/configuration.md"), "utf8");
const SMALLEST = {
  cluster: "c",
  role: "r",
  announce: {},
  task: { processes: [{ name: "p", cmdline: "true" }], resources: { cpu: 1, ram: 1048576, disk: 1048576 } },
};

/** The attributes of a section's table with their defaults as they are written there. */
function documented(heading: string): Map<string, string> {
  const section = DOCUMENT.split(`\n### ${heading}\n`)[1]?.split(/\n##/)[0] ?? "";
  return new Map(
    [...section.matchAll(/^\| `(\w+)` \| ([^|]+?) \|/gm)].map(([, name = "", value = ""]) => [name, value]),
  );
}

function parsedSmallest() {
  const [job] = parseJobs(JSON.stringify(SMALLEST)).jobs ?? [];
  if (job === undefined) throw new Error("the smallest job does not parse");
  return job;
}

const job = parsedSmallest();
test.for([
  ["Process", job.task.processes[0]],
  ["Task", job.task],
  ["Job", job],
  ["UpdateConfig", job.update_config],
  ["HealthCheckConfig", job.health_check_config],
] as const)("docs/configuration.md has every attribute of %s with its default", ([heading, object]) => {
  const table = documented(heading);
  const literal = [...table].filter(([, value]) => value.startsWith("`"));
  expect(literal.length).toBeGreaterThan(0);
  const attributes = object as Record<string, unknown>;
  for (const [name, value] of literal) expect(attributes[name], name).toEqual(JSON.parse(value.slice(1, -1)));
  const undocumented = Object.keys(attributes).filter((name) => !table.has(name));
  expect(undocumented).toEqual([]);
});

test("the example in docs/configuration.md is a job", () => {
  const example = /```json\n([\s\S]*?)```/.exec(DOCUMENT)?.[1] ?? "";
  expect(parseJobs(example).problems).toBeUndefined();
});
