import { bindCommand, resolvePorts } from "@borealis/schema";
import { describe, expect, it } from "vitest";
import { finishJob } from "../../src/finish-job.ts";
import { bind, build } from "../../src/template/build.ts";
import { structTypes } from "../../src/template/builtin-types.ts";
import { environment } from "../../src/template/environment.ts";
import type { StructNode } from "../../src/template/node.ts";
import { CASES, jobOf } from "./aurora-cases.ts";
import type { Difference } from "./differences.ts";
import recording from "./fixtures/aurora-0.22.json" with { type: "json" };

interface Recorded {
  readonly case: string;
  readonly client_error?: string;
  readonly client_validate?: string | null;
  readonly client_stderr?: string;
  readonly job_key?: string;
  readonly ports_to_allocate?: readonly string[];
  readonly executor_portmap?: Readonly<Record<string, number>>;
  readonly processes_in_executor_data?: readonly (readonly [string, string])[];
  readonly processes_run?: readonly (readonly [string, string])[];
}

const RECORDED = recording.cases as unknown as readonly Recorded[];

/** What we do where Aurora did the opposite, and the difference that explains it. */
const OTHERWISE: Readonly<Record<string, Difference>> = {
  "missing environment": "environmentDefault",
  "environment 'stagingX'": "environmentNames",
  "environment 'production'": "environmentNames",
  "environment 'PROD'": "environmentNames",
  "environment 'qa'": "environmentNames",
  "role 'x\\n'": "newlineInRole",
  "cron policy RUN_OVERLAP": "runOverlap",
  "duplicate process names": "duplicateNames",
};

/** The difference `shortWatch`: 2014's rule, which the last release had given up, is a warning here. */
const WATCHED_TOO_SHORTLY = new Set([
  "client limits watch_secs 15",
  "client limits initial_interval_secs 60",
]);
const isAboutWatching = ({ path }: { readonly path: string }) => path === "update_config.watch_secs";

function load(name: string) {
  const found = CASES[name];
  const job = structTypes.get("Job");
  if (found === undefined || job === undefined) throw new Error(`no job for the case ${name}`);
  const tree = build(job, jobOf(found)) as StructNode;
  const bound = found.bound === undefined ? tree : (bind(tree, environment(found.bound)) as StructNode);
  return { loaded: finishJob(bound, [], [], []), given: found.given ?? {} };
}

const wasRefused = ({ client_error, client_validate }: Recorded) =>
  client_error !== undefined || typeof client_validate === "string";

describe("what Aurora 0.22 was recorded to do", () => {
  it("has a job here for each of its cases", () => {
    expect(RECORDED.map((recorded) => recorded.case).sort()).toEqual(Object.keys(CASES).sort());
  });

  it.each(RECORDED.map((recorded) => [recorded.case, recorded] as const))("%s", (name, recorded) => {
    const { loaded, given } = load(name);
    const otherwise = Object.hasOwn(OTHERWISE, name);
    expect(loaded.job === undefined, JSON.stringify(loaded.problems)).toBe(
      wasRefused(recorded) !== otherwise,
    );
    if (loaded.job === undefined || otherwise) return;

    expect(loaded.key).toBe(`c/${recorded.job_key}`);
    expect(loaded.ports).toEqual(recorded.ports_to_allocate);
    expect(loaded.job.task.processes.map((process) => [process.name, process.cmdline])).toEqual(
      recorded.processes_in_executor_data,
    );

    const numbers = Object.entries(recorded.executor_portmap ?? {}).filter(([port]) =>
      loaded.ports.includes(port),
    );
    const resolved = resolvePorts(loaded.job.announce?.portmap ?? {}, {
      ...Object.fromEntries(numbers),
      ...given,
    });
    expect("ports" in resolved ? resolved.ports : resolved).toEqual(recorded.executor_portmap);
    const run = loaded.job.task.processes.map((process) => [
      process.name,
      bindCommand(process.cmdline, {
        instance: 3,
        hostname: "host1",
        taskId: "t",
        user: "www-data",
        role: "www-data",
        cluster: "c",
        ports: "ports" in resolved ? resolved.ports : {},
      }).text,
    ]);
    expect(run).toEqual(recorded.processes_run);
    const [late, others] = [
      loaded.warnings.filter(isAboutWatching),
      loaded.warnings.filter((w) => !isAboutWatching(w)),
    ];
    expect(others.length > 0).toBe(recorded.client_stderr !== undefined);
    expect(late.length > 0).toBe(WATCHED_TOO_SHORTLY.has(name));
  });
});
