import { describe, expect, it } from "vitest";
import { bind, build, EMPTY, withFields } from "../../src/template/build.ts";
import { structTypes } from "../../src/template/builtin-types.ts";
import { environment } from "../../src/template/environment.ts";
import { interpolate } from "../../src/template/interpolate.ts";
import type { StructNode } from "../../src/template/node.ts";
import { toPlain } from "../../src/template/to-plain.ts";
import type { StructType } from "../../src/template/type.ts";
import { INTEGER, listOf, mapOf, PROCESS, process, STRING, string, task } from "./sample-types.ts";

const JOB = structTypes.get("Job") as StructType;

function job(fields: Readonly<Record<string, unknown>>): StructNode {
  return build(JOB, { role: "www", cluster: "west", environment: "prod", ...fields });
}

function at(node: StructNode, path: readonly (string | number)[]): unknown {
  const plain = toPlain(interpolate(node).node);
  return path.reduce<unknown>((value, step) => (value as Record<string | number, unknown>)[step], plain);
}

const CMDLINE = ["task", "processes", 0, "cmdline"];

function cmdline(template: string, fields: Readonly<Record<string, unknown>> = {}): StructNode {
  return job({ task: { processes: [{ name: "p", cmdline: template }], ...fields } });
}

describe("a reference in the command line of a job's process", () => {
  it.each([
    ["{{name}}", "p", "the process's name"],
    ["{{task.name}}", "p", "the task's name, which is the first process's"],
    ["{{role}} {{cluster}} {{environment}}", "www west prod", "the job's attributes"],
    ["{{instances}} {{cron_collision_policy}}", "1 KILL_EXISTING", "the job's defaults"],
    ["{{max_failures}}", "1", "the process's default, not the task's value"],
    ["{{resources.ram}}", "1048576", "the task's resources, for the process has none"],
    ["{{task.resources.cpu}}", "1.0", "a number with a fraction, as Python shows it"],
    ["{{self.name}} {{self.max_failures}}", "p 1", "its own attributes"],
    ["{{super.max_failures}} {{super.role}}", "7 www", "the attributes of what is around it"],
    ["{{super.super.role}}", "www", "the attributes of what is further out"],
    ["{{service}}", "False", "a flag, as Python shows it"],
    ["{{processes[-1].name}}", "p", "the last process"],
    ["{{announce.primary_port}}", "{{announce.primary_port}}", "nothing: the job is not announced"],
    [`$${"{HOME}"} $(date) {x} {%s} {{}}`, `$${"{HOME}"} $(date) {x} {%s} {{}}`, "no reference at all"],
  ])("%s is %s: %s", (template, text) => {
    const resources = { cpu: 1, ram: 1024 ** 2, disk: 1024 ** 2 };
    expect(at(cmdline(template, { resources, max_failures: 7 }), CMDLINE)).toBe(text);
  });

  it("gets the standard bindings of Aurora's client", () => {
    const standard = environment({
      "mesos.role": "{{role}}",
      "mesos.cluster": "{{cluster}}",
      "thermos.user": "{{role}}",
    });
    const bound = bind(cmdline("{{mesos.role}} {{mesos.cluster}} {{thermos.user}}"), standard);
    expect(at(bound, CMDLINE)).toBe("www west www");
  });

  it("stays when only the host can fill it in, and is told with its path", () => {
    const { unbound, problems } = interpolate(cmdline("echo {{mesos.instance}} {{thermos.ports[http]}}"));
    expect(problems).toEqual([]);
    expect(unbound).toEqual([
      { reference: "mesos.instance", path: CMDLINE, place: undefined },
      { reference: "thermos.ports[http]", path: CMDLINE, place: undefined },
    ]);
  });
});

describe("bindings", () => {
  const PROFILE: StructType = {
    kind: "Struct",
    name: "Profile",
    fields: new Map([
      ["instances", { type: INTEGER, required: false, default: 1 }],
      ["owner", { type: STRING, required: false, default: "{{role}}-owner" }],
    ]),
  };
  const profiled = bind(job({ instances: "{{profile.instances}}", contact: "{{profile.owner}}" }), {
    profile: build(PROFILE, {}),
  });

  it("of one address within a whole struct change that, and keep the rest", () => {
    const bound = bind(profiled, environment({ "profile.instances": "3" }));
    expect(at(bound, ["instances"])).toBe(3);
    expect(at(bound, ["contact"])).toBe("www-owner");
  });

  it("of a whole struct replace what was bound of it before", () => {
    const first = bind(job({ instances: "{{profile.instances}}" }), environment({ "profile.instances": 3 }));
    expect(at(bind(first, { profile: build(PROFILE, {}) }), ["instances"])).toBe(1);
  });

  it("of a longer address come before those of a shorter one", () => {
    const whole = task({ processes: [{ name: "whole" }] });
    const part = build(listOf(PROCESS), [{ name: "part" }]);
    const bound = bind(string("{{t.processes[0].name}}"), environment({ t: whole, "t.processes": part }));
    expect(toPlain(interpolate(bound).node)).toBe("part");
  });

  it("are used up", () => {
    const { node } = interpolate(bind(task({ processes: [bind(process({}), { a: 1 })] }), { b: 2 }));
    expect(node.scopes).toEqual([]);
  });

  it("may be a struct, whose attributes are then names", () => {
    expect(at(bind(job({ contact: "{{instances}} {{owner}}" }), build(PROFILE, {})), ["contact"])).toBe(
      "1 www-owner",
    );
  });

  it.each([
    ["a later over an earlier", bind(bind(string("{{v}}"), { v: "1" }), { v: "2" }), "2"],
    ["the last of several", bind(string("{{v}}"), { v: "1" }, { v: "2" }), "2"],
    ["nested names", bind(string("{{a.b[c]}}"), { a: { b: { "[c]": "1" } } }), "1"],
    ["names with a leading dot", bind(string("{{a}}"), { ".a": "1" }), "1"],
    ["an entry of a map", bind(string("{{m[k]}}"), { m: build(mapOf(STRING, STRING), { k: "1" }) }), "1"],
    ["an item of a list", bind(string("{{l[1]}}"), { l: build(listOf(STRING), ["a", "b"]) }), "b"],
    [
      "no item beyond the list",
      bind(string("{{l[2]}}"), { l: build(listOf(STRING), ["a", "b"]) }),
      "{{l[2]}}",
    ],
    ["numbers by their text", bind(string("{{a}} {{b}}"), { a: 3, b: 1.5 }), "3 1.5"],
    ["parts of an address", bind(string("{{x_{{n}}}}"), { n: "1", x_1: "one" }), "one"],
    ["braces around a reference", bind(string("{{{n}}}"), { n: "1" }), "{1}"],
  ])("take %s", (_, node, text) => {
    expect(toPlain(interpolate(node).node)).toBe(text);
  });

  it("on a child come before those on its parent, and are not seen outside", () => {
    const child = bind(process({ name: "{{v}}" }), { v: "child" });
    const parent = bind(task({ processes: [child], title: "{{v}}" }), { v: "parent" });
    expect(toPlain(interpolate(parent).node)).toMatchObject({
      title: "parent",
      processes: [{ name: "child" }],
    });
  });

  it.each([
    ["null", { a: null }, "a: environment values must be strings, numbers, objects or other environments"],
    ["a list", { a: { b: ["x"] } }, "a.b: environment values must be"],
    ["a name that is no address", { "a b": "1" }, "{{a b}} is not a reference"],
  ])("refuse %s", (_, record, message) => {
    expect(() => environment(record)).toThrow(message);
  });
});

describe("an attribute", () => {
  it("that is Empty does not hide one further out", () => {
    const node = withFields(task({ title: "up", processes: [{ cmdline: "{{title}}" }] }), {});
    expect(toPlain(interpolate(node).node)).toMatchObject({ processes: [{ cmdline: "up" }] });
  });

  it("with a default can be made Empty, and is then absent", () => {
    expect(toPlain(withFields(process({ name: "a" }), { n: EMPTY }))).toEqual({ name: "a" });
  });

  it("remembers whether it came from the type's default", () => {
    expect([...process({ name: "a" }).defaulted]).toEqual(["n"]);
    expect([...withFields(process({ name: "a" }), { n: 3 }).defaulted]).toEqual([]);
  });

  it("that is a number may be text until its references are bound", () => {
    const { node, unbound, problems } = interpolate(process({ n: "{{x}}" }));
    expect(toPlain(node)).toEqual({ n: "{{x}}" });
    expect(unbound).toMatchObject([{ reference: "x", path: ["n"] }]);
    expect(problems).toEqual([]);
  });

  it("that is unknown is refused with what was probably meant", () => {
    expect(() => process({ nam: "a" })).toThrow(
      expect.objectContaining({
        rule: "unknown-attribute",
        path: ["nam"],
        message: "Unknown schema attribute nam: P has none of that name",
        suggestion: "name",
        allowed: ["name", "cmdline", "n"],
      }),
    );
  });
});
