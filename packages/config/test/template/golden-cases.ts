import { bind, build, withFields } from "../../src/template/build.ts";
import { environment } from "../../src/template/environment.ts";
import { interpolate } from "../../src/template/interpolate.ts";
import type { Node, Scope } from "../../src/template/node.ts";
import {
  attribute,
  BOOLEAN,
  FLOAT,
  INTEGER,
  listOf,
  mapOf,
  PROCESS,
  process,
  RO_OR_RW,
  SCALARS,
  STRING,
  string,
  TASK,
  task,
} from "./sample-types.ts";

/** What a recorded case built in Python, built here: a tree to be filled in. */
export type Construct = () => Node;

const bound = (template: string, ...bindings: Readonly<Record<string, unknown>>[]) =>
  bind(string(template), ...bindings);

function* generator() {
  yield { name: "a" };
}

const constructs: Readonly<Record<string, Construct>> = {
  "String '{{{{foo}}}}' foo=x (x unbound)": () => bound("{{{{foo}}}}", { foo: "x" }),
  "String '{{& foo}}' foo=x": () => bound("{{& foo}}", { foo: "x" }),
  "String '{{&foo&}}' foo=x": () => bound("{{&foo&}}", { foo: "x" }),
  "String '{{ foo }}' foo=x (spaces)": () => bound("{{ foo }}", { foo: "x" }),
  "String '{{.Names}}' unbound (go template)": () => string("{{.Names}}"),
  "String '{{a[b.c/d]}}' a={'b.c/d':1}": () =>
    bound("{{a[b.c/d]}}", { a: build(mapOf(STRING, INTEGER), { "b.c/d": 1 }) }),
  "String '{{a.b}}' a={'b':1} (dict env)": () => bound("{{a.b}}", { a: { b: 1 } }),
  "String '{{a[b]}}' a={'b':1} (dict env, index)": () => bound("{{a[b]}}", { a: { b: 1 } }),
  "String '{{a[0]}}' a=List(Integer)[7]": () => bound("{{a[0]}}", { a: build(listOf(INTEGER), [7]) }),
  "String '{{a.b}}' a=Map (deref of a map)": () =>
    bound("{{a.b}}", { a: build(mapOf(STRING, STRING), { b: "1" }) }),
  "nested {{x[{{i}}]}} i=0": () => bound("{{x[{{i}}]}}", { i: 0, x: build(listOf(STRING), ["p"]) }),
  "indirection a->b->c": () => bound("{{a}}", { a: "{{b}}", b: "{{c}}", c: "end" }),
  "self cycle a={{a}}": () => bound("{{a}}", { a: "{{a}}" }),
  "two cycle": () => bound("{{a}}", { a: "{{b}}", b: "{{a}}" }),
  "partial: '{{a}} {{b}}' a=1": () => bound("{{a}} {{b}}", { a: 1 }),
  "bind twice, later wins": () => bind(bound("{{a}}", { a: "first" }), { a: "second" }),
  "bind(d1,d2): later arg wins": () => bound("{{a}}", { a: "first" }, { a: "second" }),
  "% env wins over bind": () => bind(bound("{{a}}", { a: "bind" }), environment({ a: "mod" })),
  "Boolean bound into string": () => bound("{{a}}", { a: build(BOOLEAN, true) }),
  "Float bound into string": () => bound("{{a}}", { a: build(FLOAT, 1) }),
  "python float bound": () => bound("{{a}}", { a: "1.0" }),
  "python None bound": () => bound("{{a}}", { a: null }),
  "List bound whole": () => bound("{{a}}", { a: build(listOf(INTEGER), [1, 2]) }),
  "Integer('{{a}}.5') a=1": () => bind(build(INTEGER, "{{a}}.5"), { a: 1 }),
  "Float('{{a}}.5') a=1": () => bind(build(FLOAT, "{{a}}.5"), { a: 1 }),
  "own attribute is a variable": () => process({ name: "x", cmdline: "echo {{name}}" }),
  "own attribute beats a bind": () => bind(process({ name: "x", cmdline: "echo {{name}}" }), { name: "y" }),
  "bind does not set attribute": () => bind(process({}), { name: "y" }),
  "attribute bound to itself": () => process({ name: "{{name}}" }),
  "child beats parent for same attribute": () =>
    task({ title: "tt", processes: [{ name: "p", cmdline: "{{n}} {{title}}" }] }),
  "child attr default beats parent": () => task({ n: 100, processes: [{ name: "p", cmdline: "{{n}}" }] }),
  "{{super.n}} reaches parent": () => task({ n: 100, processes: [{ name: "p", cmdline: "{{super.n}}" }] }),
  "name from first process": () => read(task({ processes: [{ name: "p1" }] }), "name"),
  "name with no processes": () => task({}),
  "parent bind reaches child": () => bind(task({ processes: [{ name: "g_{{v}}" }] }), { v: "a" }),
  "child bind not visible in parent": () =>
    task({ title: "{{v}}", processes: [bind(process({ name: "{{v}}" }), { v: "a" })] }),
  "parent refers to child by path": () =>
    task({ title: "{{processes[0].cmdline}}", processes: [{ name: "a", cmdline: "do {{name}}" }] }),
  "Empty attribute falls through to parent": () =>
    task({ title: "up", processes: [{ name: "a", cmdline: "{{cmdline2}} {{title}}" }] }),
  "struct from dict": () => process({ name: "a" }),
  "struct from list": () => build(PROCESS, ["a"]),
  "list from generator": () => build(listOf(PROCESS), generator()),
  "list from string": () => build(listOf(PROCESS), "abc"),
  "list of dicts": () => build(TASK, { processes: [{ name: "a" }] }),
  "call overrides": () => withFields(process({ name: "a", cmdline: "x" }), { name: "b" }),
  "escaped then re-interpolated": () => interpolate(bound("{{&a}}", { a: 1 })).node,
  "escape in struct, two interpolations": () =>
    interpolate(process({ name: "p", cmdline: "{{&name}}" })).node,
  "escape read via accessor": () => read(process({ name: "p", cmdline: "{{&name}}" }), "cmdline"),
  "Enum ok": () => build(RO_OR_RW, "RO"),
  "Enum template then bad": () => bind(build(RO_OR_RW, "{{x}}"), { x: "zz" }),
  "Map key template": () => bind(build(mapOf(STRING, STRING), { "{{k}}": "v" }), { k: "kk" }),
};

/** What a recorded case builds; undefined for one that nobody has thought of. */
export function constructOf(text: string): Construct | undefined {
  return constructs[text] ?? coercionOf(text) ?? plainTextOf(text);
}

/** `Integer('1.0')`: a literal of Python's made to be of a type. */
function coercionOf(text: string): Construct | undefined {
  const [, name = "", literal = ""] = /^(String|Integer|Float|Boolean)\((.*)\)$/.exec(text) ?? [];
  const type = SCALARS[name as keyof typeof SCALARS];
  return type === undefined ? undefined : () => build(type, pythonLiteral(literal));
}

/** `String '{{1}}'`: a template to which nothing is bound. */
function plainTextOf(text: string): Construct | undefined {
  const template = /^String '(.*)'$/.exec(text)?.[1];
  return template === undefined ? undefined : () => string(template);
}

function pythonLiteral(literal: string): unknown {
  const words: Readonly<Record<string, unknown>> = { None: null, True: true, False: false };
  if (literal in words) return words[literal];
  return JSON.parse(literal.replaceAll("'", '"'));
}

/** `object.attribute()`: filled in with all that its object knows. */
function read(node: Node & Exclude<Scope, { kind: "environment" }>, name: string): Node {
  const filled = attribute(interpolate(node).node, name);
  if (filled === undefined) throw new TypeError(`there is no ${name}`);
  return { ...filled, scopes: [] };
}
