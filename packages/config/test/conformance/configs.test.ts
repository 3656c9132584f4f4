import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { type LoadedJob, loadConfig, pickJob } from "../../src/index.ts";
import { toPlain } from "../../src/template/to-plain.ts";
import { REFERENCE, recording, referenceIsHere } from "./reference.ts";

interface RecordedJob {
  readonly key: string;
  readonly interpolated: Readonly<Record<string, unknown>>;
  readonly unbound: readonly string[];
  readonly ports: readonly string[];
  readonly convert_error?: string;
}

interface RecordedFile {
  readonly load_error?: string;
  readonly jobs?: readonly RecordedJob[] | null;
}

const ENVIRONMENT = { USER: "vagrant", LOGNAME: "vagrant" };

/** The recording, with the differences of docs/configuration.md applied to it: the seed document's defaults. */
function asTheSeedHasIt(recorded: unknown): unknown {
  return JSON.parse(JSON.stringify(recorded), (key, value) => {
    if (key === "min_duration" && value === 5) return 15;
    if (key === "update_config") return { restart_threshold: 60, ...value };
    return value;
  });
}

function interpolated({ tree }: LoadedJob): unknown {
  return toPlain(tree);
}

describe.skipIf(!referenceIsHere)("real configuration files", () => {
  it.each(Object.entries(recording<RecordedFile>("configs.json")))("%s", async (name, recorded) => {
    const { config, problems } = await loadConfig(join(REFERENCE, name), { environment: ENVIRONMENT });
    if (recorded.load_error !== undefined) {
      expect(problems?.length).toBeGreaterThan(0);
      return;
    }
    if (recorded.jobs === undefined || recorded.jobs === null) {
      expect(problems?.[0]?.message).toMatch(/^No job defined in this config!/);
      return;
    }
    expect(config?.jobs.length).toBe(recorded.jobs.length);
    for (const [index, expected] of recorded.jobs.entries()) {
      const job = config?.jobs[index];
      if (job === undefined) throw new Error("a job is missing");
      const missingEnvironment = expected.key.includes("{MISSING}");
      expect(job.key).toBe(expected.key.replace("{MISSING}", "devel"));
      const plain = asTheSeedHasIt(expected.interpolated) as Record<string, unknown>;
      expect(interpolated(job)).toEqual(missingEnvironment ? { environment: "devel", ...plain } : plain);
      expect(job.ports).toEqual(expected.ports);
      const refused = expected.convert_error !== undefined && !missingEnvironment;
      expect(job.job === undefined, JSON.stringify(job.problems)).toBe(refused);
      const unbound = job.problems.filter(({ rule }) => rule === "unbound").map(({ message }) => message);
      for (const reference of expected.unbound.map((text) => text.slice(2, -2))) {
        const late = job.lateReferences.includes(reference);
        expect(late || unbound.some((message) => message.includes(`{{${reference}}}`)), reference).toBe(true);
      }
    }
  });
});

interface RecordedBound {
  readonly error?: string;
  readonly interpolated: Readonly<Record<string, unknown>>;
  readonly ports: readonly string[];
}

const BOUND = Object.entries(recording<RecordedBound>("configs-bound.json"));

describe.skipIf(!referenceIsHere)("real configuration files with --bind", () => {
  it.each(BOUND.filter(([name]) => !name.startsWith("thermos ")))("%s", async (name, recorded) => {
    const [, file = "", job = "", binds = ""] = /^(\S+) (\S+) --bind (.*)$/.exec(name) ?? [];
    const pairs = [...binds.matchAll(/'([^']+)': '([^']*)'/g)].map(([, address = "", value = ""]) => ({
      address: address.replace("__", "."),
      value,
    }));
    const { config } = await loadConfig(join(REFERENCE, "configs", file), {
      environment: ENVIRONMENT,
      binds: pairs,
    });
    if (config === undefined) throw new Error("it does not load");
    const picked = pickJob(config.jobs, job === "None" ? undefined : job);
    if (recorded.error !== undefined) {
      const [first = ""] = recorded.error.replace(/^ValueError: /, "").split("\n");
      expect("problem" in picked && picked.problem.message).toContain(first);
      return;
    }
    if (!("job" in picked)) throw new Error(picked.problem.message);
    expect(picked.job.problems).toEqual([]);
    expect(interpolated(picked.job)).toEqual(asTheSeedHasIt(recorded.interpolated));
    expect(picked.job.ports).toEqual(recorded.ports);
  });

  // The recorded tasks come from Thermos's own tests; these fixtures build the same ones.
  it.each([
    ["one-task.thermos", "thermos thermos_cli_test_common__TASK_CONFIG"],
    ["two-tasks.thermos", "thermos thermos_cli_test_common__MULTI_TASK_CONFIG"],
  ])("%s exports what %s did", async (file, name) => {
    const recorded = recording<unknown>("configs-bound.json")[name];
    const { config } = await loadConfig(join(import.meta.dirname, "fixtures", file));
    expect(config?.tasks.map(({ tree }) => toPlain(tree))).toEqual(asTheSeedHasIt(recorded));
    expect(config?.tasks.flatMap(({ problems }) => problems)).toEqual([]);
  });
});
