import { describe, expect, it } from "vitest";
import { z } from "zod";
import { build, buildAll } from "../../src/template/build.ts";
import { enumTypes, structTypes } from "../../src/template/builtin-types.ts";
import { interpolate } from "../../src/template/interpolate.ts";
import { toPlain } from "../../src/template/to-plain.ts";
import { type StructType, typeName } from "../../src/template/type.ts";
import { deriveTypes } from "../../src/template/zod-types.ts";
import { INTEGER, listOf, STRING } from "./sample-types.ts";

function fieldOf(struct: string, field: string) {
  const found = structTypes.get(struct)?.fields.get(field);
  if (found === undefined) throw new TypeError(`there is no ${struct}.${field}`);
  return found;
}

describe("Aurora's types", () => {
  it.each([
    ["Job", "task", "Task", true, undefined],
    ["Job", "name", "String", false, "{{task.name}}"],
    ["Job", "role", "String", true, undefined],
    ["Job", "instances", "Integer", false, 1],
    ["Job", "cron_collision_policy", "String", false, "KILL_EXISTING"],
    ["Job", "announce", "Announcer", false, undefined],
    ["Job", "update_config", "UpdateConfig", false, {}],
    ["Task", "name", "String", false, "{{processes[0].name}}"],
    ["Task", "processes", "ProcessList", true, undefined],
    ["Task", "constraints", "ConstraintList", false, []],
    ["Process", "daemon", "Boolean", false, false],
    ["Process", "logger", "Logger", false, undefined],
    ["Resources", "cpu", "Float", true, undefined],
    ["Resources", "ram", "Integer", true, undefined],
    ["HealthCheckConfig", "interval_secs", "Float", false, 10],
    ["Announcer", "portmap", "StringStringMap", false, { aurora: "{{primary_port}}" }],
    ["Volume", "mode", "Mode", true, undefined],
    ["Logger", "destination", "LoggerDestination", false, "file"],
    ["Mesos", "image", "Choice_AppcImage_DockerImage", false, undefined],
  ])("%s.%s is %s, required: %s, default: %j", (struct, name, type, required, fallback) => {
    const field = fieldOf(struct, name);
    expect(typeName(field.type)).toBe(type);
    expect(field.required).toBe(required);
    expect(field.default).toEqual(fallback);
  });

  it("name the enums whose values are told in advance", () => {
    expect([...enumTypes.keys()].sort()).toEqual(["LoggerDestination", "LoggerMode", "Mode"]);
  });

  it("are not made of a schema that has no name, or of a kind that templates do not have", () => {
    expect(() => deriveTypes([z.object({ a: z.string() })])).toThrow("has no name");
    expect(() => deriveTypes([z.object({ a: z.bigint() }).meta({ id: "A" })])).toThrow("bigint");
  });
});

describe("building", () => {
  it("tells every reason, with paths and places, where it is asked to", () => {
    const value = { processes: [{ name: "a" }, { nam: "b" }, 7], constraints: "x", max_failures: {} };
    const { problems } = buildAll(structTypes.get("Task") as StructType, value, {
      placeOf: (path) => ({ file: "web.json", line: path.length, column: 1 }),
    });
    expect(problems.map(({ rule, path, place }) => ({ rule, path, line: place?.line }))).toEqual([
      { rule: "unknown-attribute", path: ["processes", 1, "nam"], line: 3 },
      { rule: "type", path: ["processes", 2], line: 2 },
      { rule: "type", path: ["constraints"], line: 1 },
      { rule: "type", path: ["max_failures"], line: 1 },
    ]);
  });

  it("refuses a value of another type, as Pystachio does", () => {
    expect(() => build(listOf(STRING), [build(INTEGER, 1)])).toThrow("expects String, got Integer");
  });

  it("does not take names of what every object has for attributes", () => {
    expect(() => build(structTypes.get("Process") as StructType, JSON.parse('{"__proto__": {}}'))).toThrow(
      "Unknown schema attribute __proto__",
    );
  });

  it("ends for a type whose default holds itself", () => {
    const fields = new Map();
    const endless: StructType = { kind: "Struct", name: "Endless", fields };
    fields.set("again", { type: endless, required: false, default: {} });
    expect(() => build(endless, {})).toThrow("nested too deeply");
  });
});

describe("a choice", () => {
  const UPDATE = structTypes.get("UpdateConfig") as StructType;
  const decided = (strategy: unknown) => interpolate(build(UPDATE, { update_strategy: strategy }));

  it.each([
    [{ batch_size: "{{watch_secs}}" }, { batch_size: 45 }],
    [{ autopause_after_batch: "true" }, { batch_size: 1, autopause_after_batch: true }],
    [{ batch_sizes: [1, "2"] }, { batch_sizes: [1, 2], autopause_after_batch: false }],
  ])("takes the first type that accepts %j", (given, taken) => {
    const { node, problems } = decided(given);
    expect(problems).toEqual([]);
    expect(toPlain(node)).toMatchObject({ update_strategy: taken });
  });

  it("tells what is unbound in what it takes", () => {
    expect(decided({ batch_size: "{{x}}" }).unbound).toMatchObject([
      { reference: "x", path: ["update_strategy", "batch_size"] },
    ]);
  });

  it("takes an object of one of its types", () => {
    const batch = build(structTypes.get("BatchUpdateStrategy") as StructType, { batch_size: "3" });
    expect(toPlain(decided(batch).node)).toMatchObject({ update_strategy: { batch_size: 3 } });
  });

  it.each([
    [{ batch_sizes: "x" }, ["update_strategy", "batch_sizes"], "expects an iterable"],
    [{ batch_size: "x" }, ["update_strategy", "batch_size"], "Cannot coerce 'x' to Integer"],
    [{ batch: 1 }, ["update_strategy"], "none of its types takes it"],
    ["x", ["update_strategy"], "none of its types takes it"],
    [build(structTypes.get("Process") as StructType, {}), ["update_strategy"], "none of its types takes it"],
  ])("refuses %j with the reasons of the nearest type", (given, path, message) => {
    const { problems } = decided(given);
    expect(problems).toEqual([expect.objectContaining({ path, message: expect.stringContaining(message) })]);
  });
});
