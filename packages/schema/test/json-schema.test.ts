import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import { describe, expect, it } from "vitest";
import { checkJob, jobsJsonSchema } from "../src/index.ts";
import { processes, sampleJob } from "./sample.ts";

type Json = Readonly<Record<string, unknown>>;

const schema = jobsJsonSchema() as { $defs: Record<string, { properties?: Record<string, Json> } & Json> };
const validate: ValidateFunction = new Ajv2020({ strict: true, allowUnionTypes: true }).compile(schema);

describe("the published JSON Schema", () => {
  it.each<[string, unknown]>([
    ["one job", sampleJob()],
    ["a list of jobs", { jobs: [sampleJob(), sampleJob({ job: { name: "other" } })] }],
    ["a file that says where its schema is", { $schema: "./borealis.schema.json", jobs: [sampleJob()] }],
    ["one job that does so", { $schema: "./borealis.schema.json", ...sampleJob() }],
    ["a job with all its defaults", checkJob(sampleJob({ job: { announce: {} } })).job],
    [
      "templates where numbers, words and names belong",
      sampleJob({
        job: {
          role: "{{profile.role}}",
          environment: "{{env}}",
          instances: "{{profile.instances}}",
          service: "{{service}}",
          cron_schedule: "{{cron}}",
          health_check_config: { interval_secs: "{{secs}}" },
          container: { volumes: [{ container_path: "/c", host_path: "/h", mode: "{{mode}}" }] },
        },
        task: { name: "{{x}}-task", max_failures: "1{{zeros}}" },
      }),
    ],
    ["a cron policy in any case", sampleJob({ job: { cron_collision_policy: "Cancel_New" } })],
    ["numbers and names of ports", sampleJob({ job: { announce: { portmap: { a: 80, b: "a" } } } })],
    [
      "each kind of a choice",
      sampleJob({ job: { update_config: { update_strategy: { batch_sizes: [1] } } } }),
    ],
  ])("accepts %s", (_, config) => {
    expect(validate(config), JSON.stringify(validate.errors)).toBe(true);
  });

  it.each<[string, unknown]>([
    ["a typing error", sampleJob({ job: { enviroment: "prod" } })],
    ["a typing error deep down", sampleJob({ task: { processes: processes({ a: { max_failure: 1 } }) } })],
    ["a text for a number", sampleJob({ job: { instances: "three" } })],
    ["no instances", sampleJob({ job: { instances: 0 } })],
    ["an unknown environment", sampleJob({ job: { environment: "production" } })],
    ["a role of blanks", sampleJob({ job: { role: "a b" } })],
    ["nicknames of schedules", sampleJob({ job: { cron_schedule: "@daily" } })],
    ["no resources", sampleJob({ task: { resources: undefined } })],
    ["no role", sampleJob({ job: { role: undefined } })],
    ["something beside the jobs", { jobs: [sampleJob()], hooks: [] }],
    ["no jobs", { jobs: [] }],
    ["an attribute of no alternative", sampleJob({ job: { sla_policy: { sla: 1 } } })],
  ])("refuses %s", (_, config) => {
    expect(validate(config)).toBe(false);
  });

  it("tells an editor what each object and attribute is", () => {
    for (const [name, { title, description, properties = {} }] of Object.entries(schema.$defs)) {
      expect(title).toBe(name);
      expect(description, name).toEqual(expect.any(String));
      for (const [attribute, property] of Object.entries(properties)) {
        const described = property["description"] ?? property["$ref"];
        expect(described, `${name}.${attribute}`).toEqual(expect.any(String));
      }
    }
  });

  it("has the defaults, templates among them", () => {
    expect(schema.$defs["Process"]?.properties?.["min_duration"]).toMatchObject({ default: 15 });
    expect(schema.$defs["Job"]?.properties?.["name"]).toMatchObject({ default: "{{task.name}}" });
    expect(JSON.stringify(schema)).not.toMatch(/templateDefault|"id":/);
  });
});
