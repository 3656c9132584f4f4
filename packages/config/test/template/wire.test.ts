import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bind, build, EMPTY } from "../../src/template/build.ts";
import { structTypes } from "../../src/template/builtin-types.ts";
import { interpolate } from "../../src/template/interpolate.ts";
import type { StructNode } from "../../src/template/node.ts";
import { toPlain } from "../../src/template/to-plain.ts";
import type { StructType } from "../../src/template/type.ts";
import { answerBridge, decodeTrees, encodeNode, encodeTrees } from "../../src/template/wire.ts";
import { decodeRoot } from "../../src/template/wire-decode.ts";
import { INTEGER, mapOf, process, RO_OR_RW, STRING, type string, task } from "./sample-types.ts";

const JOB = structTypes.get("Job") as StructType;

function sent<T>(message: T): T {
  return JSON.parse(JSON.stringify(message)) as T;
}

function roundTrip(node: StructNode): StructNode {
  const decoded = decodeRoot(sent(encodeNode(node)));
  if ("problem" in decoded) throw decoded.problem;
  return decoded.root as StructNode;
}

describe("a tree on the wire", () => {
  it("arrives as it was sent", () => {
    const TEXT = fc.constantFrom("a", "{{b}}", "{{&c}}", "{{super.d}}", "", "ü{{m[k]}}");
    const FIELDS = fc.record(
      { name: TEXT, cmdline: TEXT, n: fc.oneof(TEXT, fc.integer()) },
      { requiredKeys: [] },
    );
    const BINDINGS = fc.dictionary(fc.constantFrom("b", "c.d", "m[k]"), TEXT);
    fc.assert(
      fc.property(FIELDS, FIELDS, BINDINGS, BINDINGS, (first, second, outer, inner) => {
        const shared = bind(process(first), inner);
        const bound = bind(
          task({ processes: [shared, shared, second] }),
          outer,
          { p: shared },
          process(second),
        );
        const arrived = roundTrip(bound);
        expect(toPlain(arrived)).toEqual(toPlain(bound));
        expect(interpolate(arrived).unbound).toEqual(interpolate(bound).unbound);
        expect(toPlain(interpolate(arrived).node)).toEqual(toPlain(interpolate(bound).node));
        expect(arrived.defaulted).toEqual(bound.defaulted);
      }),
    );
  });

  it("keeps places, what is Empty, numbers with fractions, and what is shared", () => {
    const place = { file: "web.aurora", line: 3, column: 5 };
    const shared = build(structTypes.get("Process") as StructType, { name: "a" }, { place });
    const docker = bind(build(structTypes.get("Docker") as StructType, { image: "{{v}}" }), { v: "i" });
    const health = { interval_secs: 2 };
    const node = build(JOB, {
      name: EMPTY,
      task: { processes: [shared, shared] },
      health_check_config: health,
      container: { docker },
    });
    const arrived = roundTrip(node);
    expect(toPlain(arrived)).not.toHaveProperty("name");
    const config = arrived.fields.get("health_check_config") as StructNode;
    expect(config.fields.get("interval_secs")).toMatchObject({ value: { float: 2 } });
    const list = (arrived.fields.get("task") as StructNode).fields.get("processes");
    const [one, two] = list?.kind === "list" ? list.items : [];
    expect(one).toBe(two);
    expect(one?.place).toEqual(place);
    expect(toPlain(interpolate(arrived).node)).toMatchObject({ container: { docker: { image: "i" } } });
  });

  it("keeps a choice that is undecided, an enum, and a map whose names are templates", () => {
    const type: StructType = {
      kind: "Struct",
      name: "Own",
      fields: new Map([
        ["mode", { type: RO_OR_RW, required: false, default: "{{m}}" }],
        ["map", { type: mapOf(STRING, INTEGER), required: false }],
        ["pick", { type: { kind: "Choice", name: "Pick", options: [INTEGER, STRING] }, required: false }],
      ]),
    };
    const node = bind(build(type, { map: { "{{k}}": 1 }, pick: "{{k}}" }), { k: "key", m: "RW" });
    expect(toPlain(interpolate(roundTrip(node)).node)).toEqual({ mode: "RW", map: { key: 1 }, pick: "key" });
  });

  it("hands jobs and tasks over by their type", () => {
    const job = build(JOB, { role: "www" });
    const own = task({});
    expect(decodeTrees(sent(encodeTrees([job])))).toMatchObject({ jobs: [{ type: JOB }], tasks: [] });
    expect(decodeTrees(sent(encodeTrees([own])))).toMatchObject({
      problem: { rule: "type", message: "expected Job objects, got T" },
    });
  });
});

describe("a message that no honest program sends", () => {
  const scalar = { t: "String", v: "a" };
  const nested = (depth: number) => ({
    types: {
      R: {
        kind: "Struct",
        name: "R",
        fields: [
          ["r", "R", false],
          ["q", "R", false],
        ],
      },
    },
    nodes: Array.from({ length: depth }, (_, index) =>
      index === 0 ? { t: "R", v: {} } : { t: "R", v: { r: index - 1, q: index - 1 } },
    ),
    root: depth - 1,
  });
  const chain = (depth: number, link: (previous: number) => object) => ({
    nodes: Array.from({ length: depth }, (_, index) => ({
      ...scalar,
      ...(index === 0 ? {} : link(index - 1)),
    })),
    root: depth - 1,
  });
  const list = (of: string) => ({ kind: "List", of });

  it.each([
    ["is nothing", null, "no object"],
    ["has no nodes", {}, "nodes is no array"],
    ["has a node that is none", { nodes: [7], root: 0 }, "node 0 is no object"],
    ["has a root that is none", { nodes: [scalar], root: 1 }, "no index below 1"],
    ["has a root between two", { nodes: [scalar], root: 0.5 }, "no index below 1"],
    [
      "has a part after the whole",
      { nodes: [{ t: "Process", v: { name: 1 } }, scalar], root: 0 },
      "no index below 0",
    ],
    [
      "has a part that is the whole",
      { nodes: [{ t: "Process", v: { name: 0 } }], root: 0 },
      "no index below 0",
    ],
    [
      "has a type that is unknown",
      { nodes: [{ t: "toString", v: "" }], root: 0 },
      "type toString is no object",
    ],
    ["has a type of no kind", { types: { X: {} }, nodes: [{ t: "X", v: 0 }], root: 0 }, "no known kind"],
    [
      "has a list of itself",
      { types: { X: list("X") }, nodes: [{ t: "X", v: [] }], root: 0 },
      "type X is nested too deeply",
    ],
    ["has a scalar that is a list", { nodes: [{ t: "String", v: [] }], root: 0 }, "is no object"],
    ["has a number that is text", { nodes: [{ t: "Float", v: { float: "1" } }], root: 0 }, "is no number"],
    ["has a struct that is text", { nodes: [{ t: "Process", v: "a" }], root: 0 }, "is no object"],
    [
      "has a part of another type",
      {
        nodes: [
          { t: "Float", v: 1 },
          { t: "Process", v: { name: 0 } },
        ],
        root: 1,
      },
      "expects String, got Float",
    ],
    [
      "has an unknown attribute",
      { nodes: [{ t: "Process", v: { nam: null } }], root: 0 },
      "Unknown schema attribute nam",
    ],
    [
      "has the attribute that every object has",
      JSON.parse('{"nodes":[{"t":"Process","v":{"__proto__":null}}],"root":0}'),
      "Unknown schema attribute __proto__",
    ],
    ["has a place in no file", { nodes: [{ ...scalar, at: [0, 1, 1] }], root: 0 }, "no index below 0"],
    [
      "has a place that is text",
      { files: ["a"], nodes: [{ ...scalar, at: [0, "1", 1] }], root: 0 },
      "a place is none",
    ],
    ["has a scope without names", { nodes: [scalar, { ...scalar, s: [{ node: 0 }] }], root: 1 }, "no names"],
    [
      "has a binding that is no address",
      { nodes: [{ ...scalar, s: [{ env: { "a b": "" } }] }], root: 0 },
      "{{a b}} is not a reference",
    ],
    [
      "has an entry that is no pair",
      {
        types: { M: { kind: "Map", key: "String", value: "String" } },
        nodes: [scalar, { t: "M", v: [[0]] }],
        root: 1,
      },
      "no pair",
    ],
    [
      "has a choice of nothing",
      {
        types: { C: { kind: "Choice", name: "C", options: [] } },
        nodes: [{ t: "C", v: { plain: 1 } }],
        root: 0,
      },
      "no options",
    ],
    ["stands for billions of values", nested(40), "more than 2000000 values"],
    [
      "binds a value in whose binding a value is bound, and so on",
      chain(200, (previous) => ({ s: [{ env: { a: { node: previous } } }] })),
      "nested more than 100 deep",
    ],
    [
      "has a default that is part of itself",
      {
        types: { S: { kind: "Struct", name: "S", fields: [["s", "S", false, { node: 0 }]] } },
        nodes: [{ t: "S", v: {} }],
        root: 0,
      },
      "part of itself",
    ],
    [
      "has defaults without end",
      {
        types: { S: { kind: "Struct", name: "S", fields: [["s", "S", false, { plain: {} }]] } },
        nodes: [{ t: "S", v: {} }],
        root: 0,
      },
      "nested too deeply",
    ],
  ])("is refused when it %s", (_, message, reason) => {
    expect(decodeRoot(message)).toEqual({
      problem: expect.objectContaining({ message: expect.stringContaining(reason) }),
    });
  });

  it("is refused, whatever it is", () => {
    fc.assert(
      fc.property(
        fc.object({ maxDepth: 4, key: fc.constantFrom("nodes", "root", "types", "t", "v", "s", "env") }),
        (message) => {
          expect(decodeRoot(message)).toHaveProperty("problem.message");
        },
      ),
    );
  });
});

describe("the bridge", () => {
  const ask = (node: StructNode | ReturnType<typeof string>) =>
    JSON.parse(answerBridge(JSON.stringify({ op: "interpolate", message: encodeNode(node) })));

  it("answers with the value filled in, and what is unbound, once each", () => {
    const answer = ask(process({ name: "a", cmdline: "{{name}} {{x}} {{x}}", n: "{{x}}" }));
    expect(answer).toMatchObject({ unbound: ["x"] });
    expect(answer).not.toHaveProperty("error");
    const decoded = decodeRoot(answer.message);
    expect("root" in decoded && toPlain(decoded.root)).toEqual({
      name: "a",
      cmdline: "a {{x}} {{x}}",
      n: "{{x}}",
    });
  });

  it.each([
    ["{{ a }}", "InvalidRefError", "{{ a }} is not a reference: write {{a}}, without blanks"],
    ["{{name}}", "Uninterpolatable", "Unable to interpolate {{name}}"],
  ])("says of %s that it is %s", (name, error, message) => {
    expect(ask(process({ name })).error).toEqual({ name: error, message: expect.stringContaining(message) });
  });

  it("says that a value is not of its type", () => {
    expect(ask(process({ n: "{{name}}", name: "x" })).error).toEqual({
      name: "CoercionError",
      message: "Cannot coerce 'x' to Integer",
    });
  });

  it.each([
    "",
    "{",
    "[]",
    '{"op":"exec"}',
    '{"op":"interpolate"}',
    '{"op":"interpolate","message":{"nodes":[]}}',
  ])("answers %j with an error too", (request) => {
    expect(JSON.parse(answerBridge(request))).toMatchObject({ error: { name: "Uninterpolatable" } });
  });
});
