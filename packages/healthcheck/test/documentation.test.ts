import { readFileSync } from "node:fs";
import { join } from "node:path";
import { CHECK_ROLES, HEALTH_POLICIES, PROBE_TYPES, UNHEALTHY_POLICIES } from "@borealis/schema";
import { Registry } from "prom-client";
import { expect, test } from "vitest";
import { createHealthMetrics } from "../src/metrics/prometheus-metrics.ts";
import { FAILURE_KINDS } from "../src/probes/check-result.ts";

const DOCUMENT = readFileSync(join(import.meta.dirname, "../../../docs/health-checks.md"), "utf8");
const firstColumn = [...DOCUMENT.matchAll(/^\| `([\w ]+)`/gm)].map(([, name = ""]) => name);

test("docs/health-checks.md has every metric with its labels, and none that is not there", async () => {
  const registry = new Registry();
  createHealthMetrics(registry);
  const documented = [...DOCUMENT.matchAll(/^\| `(borealis_\w+)` \| (.*?) \|/gm)].map(
    ([, name, labels = ""]) => [name, [...labels.matchAll(/`(\w+)`/g)].map(([, label]) => label).sort()],
  );
  const metrics = await registry.getMetricsAsJSON();
  const real = metrics.map(({ name, values }) => [
    name,
    Object.keys(values[0]?.labels ?? {})
      .filter((label) => label !== "le")
      .sort(),
  ]);
  expect(Object.fromEntries(documented)).toEqual(Object.fromEntries(real));
});

test.each([
  ["reason of a failure", FAILURE_KINDS],
  ["role", CHECK_ROLES],
])("docs/health-checks.md has every %s", (_, words) => {
  expect(firstColumn).toEqual(expect.arrayContaining([...words]));
});

test.each([
  ["policy", HEALTH_POLICIES],
  ["policy for the unhealthy", UNHEALTHY_POLICIES],
  ["type of probe", PROBE_TYPES],
])("docs/health-checks.md explains every %s", (_, words) => {
  for (const word of words) expect(DOCUMENT).toContain(`\`${word}\``);
});
