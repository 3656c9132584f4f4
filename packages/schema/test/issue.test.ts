import { describe, expect, it } from "vitest";
import { issuesOf, sampleJob } from "./sample.ts";

const inJob = (job: object) => issuesOf(sampleJob({ job: { ...job } }));
const STRATEGIES = [
  "QueueUpdateStrategy {batch_size}",
  "BatchUpdateStrategy {batch_size, autopause_after_batch}",
  "VariableBatchUpdateStrategy {batch_sizes, autopause_after_batch}",
];
const strategy = (update_strategy: unknown) => inJob({ update_config: { update_strategy } });

describe("what is wrong is told with", () => {
  it("the attributes that there are, when they are few, and the one that was meant", () => {
    const resources = { cpu: 1, ram: 2 ** 20, disk: 2 ** 20, gpus: 1 };
    expect(issuesOf(sampleJob({ task: { resources } }))).toEqual([
      {
        rule: "unknown-attribute",
        path: "task.resources.gpus",
        message: "is not a known attribute",
        allowed: ["cpu", "ram", "disk", "gpu"],
        suggestion: "gpu",
      },
    ]);
  });

  it("no list when it would be long", () => {
    expect(inJob({ instance: 3 })).toEqual([
      expect.objectContaining({ path: "instance", suggestion: "instances", allowed: undefined }),
    ]);
  });

  it("the words that are allowed", () => {
    expect(inJob({ environment: "stagin1" })).toMatchObject([
      { seen: "stagin1", allowed: ["prod", "devel", "test", "staging<number>"], suggestion: "staging" },
    ]);
    const mode = { image: "i", volumes: [{ container_path: "/c", host_path: "/h", mode: "ro" }] };
    expect(inJob({ container: { volumes: mode.volumes } })).toMatchObject([
      {
        rule: "value",
        path: "container.volumes.0.mode",
        message: "must be RO or RW",
        seen: "ro",
        allowed: ["RO", "RW"],
        suggestion: "RO",
      },
    ]);
  });

  it.each([
    ["text", { announce: "http" }, "announce", "must be an Announcer object"],
    ["a list", { update_config: [] }, "update_config", "must be an UpdateConfig object"],
    ["null", { lifecycle: null }, "lifecycle", "must be a LifecycleConfig object"],
    ["an object", { metadata: {} }, "metadata", "must be a list of Metadata objects"],
  ])("the type that is wanted, for %s", (_, job, path, message) => {
    expect(inJob(job)).toMatchObject([{ rule: "type", path, message }]);
  });
});

describe("a choice of objects", () => {
  it.each([
    ["no attributes", {}],
    ["what all have", { batch_size: 2 }],
    ["what only one has", { batch_sizes: [1, 2] }],
  ])("takes %s", (_, given) => {
    expect(strategy(given)).toEqual([]);
  });

  it.each([
    ["that has most of the attributes", { batch_sizes: ["x"] }, "batch_sizes.0", "must be a whole number"],
    ["that lacks something", { duration_secs: 5, percentage: "x" }, "percentage", "must be a number"],
  ])("tells what is wrong with the one %s", (_, given, path, message) => {
    const [of, issues] =
      "batch_sizes" in given
        ? ["update_config.update_strategy", strategy(given)]
        : ["sla_policy", inJob({ sla_policy: given })];
    expect(issues).toMatchObject([{ path: `${of}.${path}`, message }]);
  });

  it("tells what is wrong with all that could be meant, once", () => {
    expect(strategy({ batch_size: "x" })).toMatchObject([
      { path: "update_config.update_strategy.batch_size", message: "must be a whole number", seen: "x" },
    ]);
  });

  it.each([
    ["an unknown attribute", { colour: 1 }],
    ["no object", "queue"],
  ])("tells which there are, for %s", (_, given) => {
    expect(strategy(given)).toEqual([expect.objectContaining({ allowed: STRATEGIES })]);
  });

  it("tells what is required of the one that is meant", () => {
    expect(inJob({ container: { docker: { parameters: [] } } })).toMatchObject([
      { rule: "required", path: "container.docker.image" },
    ]);
  });

  it("tells each thing that is wrong once", () => {
    expect(inJob({ container: { image: "", parameters: [], images: 2 } }).map(({ path }) => path)).toEqual([
      "container.image",
      "container.images",
    ]);
  });

  it("within a choice tells what is wrong with the one that is meant there", () => {
    expect(inJob({ container: { image: { name: "n", tag: "t", tags: "t" } } })).toMatchObject([
      { rule: "unknown-attribute", path: "container.image.tags", suggestion: "tag" },
    ]);
  });
});
