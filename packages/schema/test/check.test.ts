import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { checkJob, checkTask } from "../src/index.ts";
import { describeObjects } from "./describe.ts";
import { sampleJob } from "./sample.ts";

/** Keys and values that jobs are made of, so that chance often gets past the first attribute. */
const NAMES = describeObjects().flatMap(({ attributes }) => attributes.map(({ name }) => name));
const word = fc.constantFrom(
  ...["http", "health", "80", "limit:1", "www-data", "RO", "prod", "* * * * *", "CANCEL_NEW", "{{x}}", ""],
);
const leaf = fc.oneof(word, fc.integer(), fc.double(), fc.boolean(), fc.constant(null), fc.string());
const key = fc.oneof({ weight: 9, arbitrary: fc.constantFrom(...NAMES) }, fc.string());
const tree = fc.letrec<{ node: unknown }>((tie) => ({
  node: fc.oneof(
    { maxDepth: 5, withCrossShrink: true },
    leaf,
    fc.dictionary(key, tie("node"), { maxKeys: 5 }),
    fc.array(tie("node"), { maxLength: 4 }),
  ),
})).node;

const milliseconds = fc.nat({ max: 1_000 });
/** Attributes that are right by themselves. */
const good = fc.record(
  {
    instances: fc.integer({ min: 1, max: 500 }),
    environment: fc.constantFrom("prod", "staging7"),
    cron_schedule: fc.constantFrom("*/5 * * * *", "0 17 * * FRI"),
    cron_collision_policy: fc.constantFrom("kill_existing", "Cancel_New"),
    announce: fc.record(
      { primary_port: fc.constantFrom("http", "web"), portmap: fc.dictionary(word, word, { maxKeys: 3 }) },
      { requiredKeys: [] },
    ),
    constraints: fc.dictionary(fc.string(), fc.constantFrom("limit:3", "a,b", "!c"), { maxKeys: 3 }),
    update_config: fc.record(
      {
        watch_secs: milliseconds,
        update_strategy: fc.constantFrom(
          {},
          { batch_size: 3 },
          { autopause_after_batch: true },
          { batch_sizes: [1, 2] },
        ),
      },
      { requiredKeys: [] },
    ),
    health_check_config: fc.constantFrom(
      {},
      { health_checker: {} },
      { health_checker: { shell: { shell_command: "true" } } },
    ),
    container: fc.constantFrom(
      {},
      { image: "i" },
      { docker: { image: "i" } },
      { image: { name: "n", tag: "t" } },
    ),
    sla_policy: fc.constantFrom(
      { count: 1, duration_secs: 1 },
      { percentage: 99.5, duration_secs: 1 },
      { coordinator_url: "u" },
    ),
    lifecycle: fc.constantFrom({}, { http: { port: "p" } }),
    metadata: fc.constantFrom([], [{ key: "k", value: "v" }]),
    partition_policy: fc.constant({}),
  },
  { requiredKeys: [] },
);

describe("checking", () => {
  it("any tree ends with a job or with what is wrong with it", () => {
    fc.assert(
      fc.property(tree, fc.boolean(), (value, within) => {
        const given = within && typeof value === "object" ? { ...sampleJob(), ...value } : value;
        for (const { issues = [], ...checked } of [checkJob(given), checkTask(given)]) {
          expect("job" in checked || "task" in checked).toBe(issues.length === 0);
          for (const { message, path } of issues) {
            expect(message).toMatch(/^\S.*\S$/su);
            expect(path.every((step) => typeof step === "string" || typeof step === "number")).toBe(true);
          }
        }
      }),
      { numRuns: 500 },
    );
  });

  it("a job that was checked changes nothing", () => {
    let accepted = 0;
    fc.assert(
      fc.property(good, (attributes) => {
        const { job } = checkJob(sampleJob({ job: attributes }));
        if (job === undefined) return;
        accepted++;
        expect(checkJob(job).job).toEqual(job);
        expect(checkJob(JSON.parse(JSON.stringify(job))).job).toEqual(job);
      }),
      { numRuns: 500 },
    );
    expect(accepted).toBeGreaterThan(100);
  });

  it("leaves alone what it is given", () => {
    const given = sampleJob({ job: { announce: {}, cron_collision_policy: "cancel_new" } });
    const before = structuredClone(given);
    checkJob(given);
    expect(given).toEqual(before);
  });

  it("takes no longer for names that are not names", () => {
    const value = { ...sampleJob(), [`x${"y".repeat(1_000_000)}`]: 1 };
    expect(checkJob(value).issues).toHaveLength(1);
  });
});
