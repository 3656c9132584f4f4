import * as builders from "@borealis/config/builders";
import { describe, expect, it } from "vitest";
import { structTypes } from "../../src/template/builtin-types.ts";
import { interpolate } from "../../src/template/interpolate.ts";
import { toPlain } from "../../src/template/to-plain.ts";
import { accepted, checkedLater, mistakes, Profile } from "./typed.ts";

const {
  combine_tasks,
  concat_tasks,
  Constraint,
  DefaultLifecycleConfig,
  DisableLifecycle,
  Enum,
  GB,
  Integer,
  java_options,
  Job,
  KB,
  Map: MapOf,
  MB,
  order,
  Process,
  python_options,
  Resources,
  SequentialTask,
  Service,
  SimpleTask,
  String: Text,
  Struct,
  Task,
  Tasks,
  TB,
} = builders;

const plain = ({ node }: { readonly node: Parameters<typeof interpolate>[0] }) =>
  toPlain(interpolate(node).node) as Record<string, unknown>;
const a = Process({ name: "a", cmdline: "1" });
const b = Process({ name: "b", cmdline: "2" });
const c = Process({ name: "c", cmdline: "3" });
const resources = (cpu: number, ram: number, disk: number) => Resources({ cpu, ram, disk });
const orders = (task: { readonly node: Parameters<typeof interpolate>[0] }) =>
  (plain(task)["constraints"] as { order: string[] }[]).map(({ order }) => order);
const names = (task: { readonly node: Parameters<typeof interpolate>[0] }) =>
  (plain(task)["processes"] as { name: string }[]).map(({ name }) => name);

const thrownBy = (act: () => unknown): unknown => {
  try {
    act();
  } catch (error) {
    return error;
  }
  return undefined;
};

describe("builders", () => {
  it.each(Object.keys(accepted) as (keyof typeof accepted)[])("make what an editor accepts: %s", (name) => {
    expect(toPlain(accepted[name].node)).toBeTypeOf("object");
  });

  it.each(Object.keys(mistakes) as (keyof typeof mistakes)[])(
    "refuse %s when they run, with the line that is to blame",
    (name) => {
      expect(thrownBy(mistakes[name])).toMatchObject({
        name: "BuildError",
        place: { file: expect.stringMatching(/typed\.ts$/), line: expect.any(Number) },
      });
    },
  );

  it.each(Object.keys(checkedLater) as (keyof typeof checkedLater)[])(
    "leave to the check of the job: %s",
    (name) => {
      expect(checkedLater[name]).not.toThrow();
    },
  );

  it("say what was probably meant", () => {
    expect(thrownBy(mistakes["an unknown attribute"])).toMatchObject({
      rule: "unknown-attribute",
      path: ["cmd_line"],
      suggestion: "cmdline",
    });
    expect(thrownBy(mistakes["an unknown attribute of a part"])).toMatchObject({
      path: ["task", "procesess"],
    });
  });

  it.each([
    ["a number for the attributes", () => Reflect.apply(Process, undefined, [5]), "type"],
    ["a list for the attributes", () => Reflect.apply(Process, undefined, [[]]), "type"],
    ["a function as a value", () => Reflect.apply(Process, undefined, [{ name: () => "a" }]), "type"],
    ["a Map as a value", () => Reflect.apply(Job.partial, undefined, [{ constraints: new Map() }]), "type"],
    ["a date as a value", () => Reflect.apply(Process, undefined, [{ name: new Date(0) }]), "type"],
    ["a symbol as a value", () => Reflect.apply(Process, undefined, [{ name: Symbol("a") }]), "type"],
    ["a bigint as a value", () => Reflect.apply(Process, undefined, [{ max_failures: 1n }]), "type"],
    ["an address that is none", () => a.bind({ "a b": 1 }), "template"],
    ["text to bind", () => Reflect.apply(a.bind, a, ["a=b"]), "type"],
  ])("refuse %s", (_, act, rule) => {
    expect(thrownBy(act)).toMatchObject({ name: "BuildError", rule, place: { line: expect.any(Number) } });
  });

  it("refuse what holds itself", () => {
    const endless: Record<string, unknown> = {};
    endless["self"] = endless;
    expect(thrownBy(() => Reflect.apply(Job.partial, undefined, [{ task: endless }]))).toMatchObject({
      name: "BuildError",
    });
  });

  it("are there for every object that Aurora has", () => {
    const missing = [...structTypes.keys()].filter((name) => !(name in builders));
    expect(missing).toEqual([]);
  });

  it("do not change what they made", () => {
    const before = plain(a);
    const other = a.with({ max_failures: 7, cmdline: "x" });
    expect(plain(a)).toEqual(before);
    expect(plain(other)).toEqual({ ...before, max_failures: 7, cmdline: "x" });
    expect(plain(other.with({ max_failures: undefined }))).not.toHaveProperty("max_failures");
    expect(() => Reflect.set(a, "node", b.node)).not.toThrow();
    expect(plain(a)).toEqual(before);
  });

  it("have a Service be a job that is started again", () => {
    expect(plain(Service.partial({}))["service"]).toBe(true);
    expect(plain(Job.partial({}))["service"]).toBe(false);
    expect(plain(Service.partial({ service: false }))["service"]).toBe(false);
  });

  it("fill in templates from what is bound, of which the last wins", () => {
    const job = Job.partial({
      role: "{{profile.role}}",
      instances: "{{profile.instances}}",
      contact: "{{a.b}}-{{n}}",
    })
      .bind({ profile: Profile({ instances: 3 }), a: { b: "deep" } })
      .bind({ n: 1 })
      .bind({ n: 2 });
    expect(plain(job)).toMatchObject({ role: "www-data", instances: 3, contact: "deep-2" });
    expect(plain(Process({ name: "{{role}}", cmdline: "x" }).bind(Profile({ instances: 1 })))["name"]).toBe(
      "www-data",
    );
  });

  it("know the types that a configuration declares", () => {
    const type = Struct("Own", {
      mode: Enum("Mode", ["RO"]),
      fast: Enum("a", "b"),
      map: MapOf(Text, Integer),
    }).type;
    expect([...type.fields.values()].map(({ type }) => type)).toEqual([
      { kind: "Enum", name: "Mode", values: ["RO"] },
      { kind: "Enum", name: "Enum_a_b", values: ["a", "b"] },
      { kind: "Map", key: { kind: "String" }, value: { kind: "Integer" } },
    ]);
  });

  it("know Aurora's units and ready-made objects", () => {
    expect([KB, MB, GB, TB]).toEqual([1, 2, 3, 4].map((power) => 1024 ** power));
    expect(plain(DisableLifecycle)).toEqual({});
    expect(plain(DefaultLifecycleConfig)).toHaveProperty("http.graceful_shutdown_endpoint", "/quitquitquit");
  });
});

describe("order", () => {
  it("is one constraint of names, from processes and text", () => {
    expect(order(a, "x", b).map(plain)).toEqual([{ order: ["a", "x", "b"] }]);
  });

  it("takes the name that a process is bound to", () => {
    const bound = Process({ name: "{{n}}", cmdline: "x" }).bind({ n: "named" });
    expect(
      order(bound, Process({ name: "{{free}}", cmdline: "x" })).map(({ node }) => toPlain(node)),
    ).toEqual([{ order: ["named", "{{free}}"] }]);
  });

  it("needs names", () => {
    expect(thrownBy(() => order(Process.partial({ cmdline: "x" })))).toMatchObject({
      message: "a Process without a name cannot be put in order",
    });
  });
});

describe("tasks", () => {
  it("are simple with a core and a gigabyte each", () => {
    expect(plain(SimpleTask("hello", "echo"))).toMatchObject({
      name: "hello",
      processes: [{ name: "hello", cmdline: "echo" }],
      resources: { cpu: 1, ram: GB, disk: GB },
    });
  });

  it("are sequential as they are listed", () => {
    expect(orders(SequentialTask({ processes: [a, b, c], resources: resources(1, MB, MB) }))).toEqual([
      ["a", "b", "c"],
    ]);
    expect(orders(Tasks.sequential(Task.partial({})))).toEqual([]);
  });

  it("are not made sequential over constraints that they have", () => {
    const task = Task.partial({ processes: [a, b], constraints: order(b, a) });
    expect(thrownBy(() => Tasks.sequential(task))).toMatchObject({
      message: "a task that has constraints already cannot be made sequential",
      place: { file: expect.stringMatching(/builders\.test\.ts$/) },
    });
  });

  const first = Task({
    name: "first",
    processes: [a, b],
    constraints: order(a, b),
    resources: resources(1, 3 * MB, MB),
    finalization_wait: 10,
  });
  const last = Task({
    name: "last",
    processes: [b, c],
    constraints: order(b, c),
    resources: resources(0.5, 4 * MB, 5 * MB),
    max_failures: 7,
  });

  it("are combined: all at once, resources added up, the longest wait, the rest from the last", () => {
    const combined = combine_tasks(first, first, last);
    expect(plain(combined)).toMatchObject({
      name: "last",
      max_failures: 7,
      finalization_wait: 30,
      resources: { cpu: 2.5, ram: 10 * MB, disk: 7 * MB },
    });
    expect(names(combined)).toEqual(["a", "b", "c"]);
    expect(orders(combined)).toEqual([
      ["a", "b"],
      ["b", "c"],
    ]);
    expect(names(combined.with({ name: "other" }))).toHaveLength(3);
  });

  it("are concatenated: one after the other, the most resources, waits added up", () => {
    const chained = concat_tasks(first, last);
    expect(plain(chained)).toMatchObject({
      name: "last",
      finalization_wait: 40,
      resources: { cpu: 1, ram: 4 * MB, disk: 5 * MB },
    });
    expect(names(chained)).toEqual(["a", "b", "c"]);
    expect(orders(chained)).toEqual([
      ["a", "b"],
      ["b", "c"],
      ["a", "b"],
      ["a", "c"],
      ["b", "c"],
    ]);
  });

  it("merge processes by what they mean, not by how they were written", () => {
    const one = Task.partial({ processes: [Process({ name: "a", cmdline: "1", max_failures: 1 })] });
    const same = Task.partial({ processes: [{ cmdline: "{{n}}", name: "a" }] }).bind({ n: 1 });
    const other = Task.partial({ processes: [Process({ name: "a", cmdline: "2" })] });
    expect(names(combine_tasks(one, same, other))).toEqual(["a", "a"]);
  });

  it("keep what each was bound to", () => {
    const task = (n: number) => Task.partial({ processes: [{ name: "p{{n}}", cmdline: "x" }] }).bind({ n });
    expect(names(combine_tasks(task(1), task(2)))).toEqual(["p1", "p2"]);
  });

  it("are nothing when nothing is merged, and without resources need none", () => {
    expect(plain(combine_tasks())).not.toHaveProperty("processes");
    expect(plain(concat_tasks(Task.partial({ processes: [a] })))).toMatchObject({
      resources: { cpu: 0, ram: 0 },
    });
  });

  it("need numbers to be merged", () => {
    const task = Task({ processes: [a], resources: Resources({ cpu: "{{cores}}", ram: MB, disk: MB }) });
    expect(thrownBy(() => Tasks.combine(task, last))).toMatchObject({
      name: "BuildError",
      seen: "{{cores}}",
    });
    expect(plain(Tasks.combine(task.bind({ cores: 2 }), last))).toHaveProperty("resources.cpu", 2.5);
  });

  it("take constraints as plain objects too", () => {
    expect(orders(Task.partial({ constraints: [{ order: ["x"] }, Constraint({ order: ["y"] })] }))).toEqual([
      ["x"],
      ["y"],
    ]);
  });
});

describe("options of a command line", () => {
  it.each([
    [java_options("a", "boo"), "-a -boo"],
    [java_options({ a: 23, boo: "foo" }), "-a 23 -boo foo"],
    [java_options("server", { Xmx: "1g", verbose: null, quiet: 0 }), "-server -Xmx 1g -verbose -quiet"],
    [java_options(), ""],
    [python_options("a", "boo"), "-a --boo"],
    [python_options({ a: 23, boo: "foo" }), "-a 23 --boo foo"],
    [python_options({ flag: true }), "--flag true"],
  ])("%#: are %j", (options, expected) => {
    expect(options).toBe(expected);
  });
});

describe("a struct of the configuration's own", () => {
  it("may hold Aurora's objects", () => {
    const Pair = Struct("Pair", { first: Process });
    expect(plain(Pair({ first: a }))["first"]).toMatchObject({ name: "a" });
  });

  it("is told when a type is JavaScript's own, whose import was forgotten", () => {
    const error = thrownBy(() =>
      Struct("Profile", { role: builders.Default(globalThis.String as never, "x") }),
    );
    expect(error).toMatchObject({
      path: ["role"],
      message: expect.stringContaining("import String"),
      place: {},
    });
  });
});

it("a helper that is given what no builder made says so", () => {
  const task = SimpleTask("t", "true");
  const error = thrownBy(() => Tasks.concat(task, { name: "both" } as never));
  expect(error).toMatchObject({ message: expect.stringContaining(".with({") });
});
