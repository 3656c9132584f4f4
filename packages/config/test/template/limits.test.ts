import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bind, build } from "../../src/template/build.ts";
import { structTypes } from "../../src/template/builtin-types.ts";
import { interpolate } from "../../src/template/interpolate.ts";
import { toPlain } from "../../src/template/to-plain.ts";
import type { StructType } from "../../src/template/type.ts";
import { listOf, process, STRING, string, task } from "./sample-types.ts";

const ADDRESS = fc.constantFrom(
  "a",
  "b",
  "name",
  "cmdline",
  "self.name",
  "super.title",
  "processes[0].name",
  "n",
);
const TEMPLATE = fc
  .array(
    fc.oneof(
      ADDRESS.map((address) => `{{${address}}}`),
      ADDRESS.map((address) => `{{&${address}}}`),
      fc.constantFrom("{{", "}}", "{", "}", "&", "x", " ", "{{{{a}}}}", "{{ a }}"),
    ),
    { maxLength: 4 },
  )
  .map((parts) => parts.join(""));

const TREE = fc
  .record({ name: TEMPLATE, cmdline: TEMPLATE, title: TEMPLATE, a: TEMPLATE, b: TEMPLATE })
  .map(({ name, cmdline, title, a, b }) =>
    bind(task({ title, processes: [{ name, cmdline, n: a }] }), { a, b }),
  );

describe("filling in", () => {
  it("never throws, whatever the templates", () => {
    fc.assert(
      fc.property(TREE, (tree) => {
        const { node, problems } = interpolate(tree);
        expect(toPlain(node)).toBeTypeOf("object");
        for (const { message } of problems) expect(message).not.toBe("");
      }),
    );
  });

  it("leaves text without braces as it is", () => {
    fc.assert(
      fc.property(
        fc.string().filter((text) => !text.includes("{{")),
        (text) => {
          const node = string(text);
          expect(interpolate(bind(node, { a: "1" })).node).toMatchObject({ value: text });
          expect(interpolate(node).node).toBe(node);
        },
      ),
    );
  });

  it("changes nothing the second time when nothing was unbound or escaped", () => {
    fc.assert(
      fc.property(TREE, (tree) => {
        const { node, unbound, problems } = interpolate(tree);
        if (unbound.length > 0 || problems.length > 0 || JSON.stringify(toPlain(node)).includes("{{")) return;
        expect(interpolate(node)).toEqual({ node, unbound: [], problems: [] });
      }),
    );
  });

  it("does not depend on the order in which different names are bound", () => {
    fc.assert(
      fc.property(TEMPLATE, TEMPLATE, TEMPLATE, (cmdline, a, b) => {
        const node = process({ cmdline });
        const one = interpolate(bind(node, { a }, { b }));
        const other = interpolate(bind(node, { b }, { a }));
        expect(other.unbound).toEqual(one.unbound);
        expect(other.problems).toEqual(one.problems);
        expect(toPlain(other.node)).toEqual(toPlain(one.node));
      }),
    );
  });
});

describe("what could go on for ever", () => {
  const doubling = Object.fromEntries(
    Array.from({ length: 40 }, (_, level) => [`a${level}`, `{{a${level + 1}}}{{a${level + 1}}}`]),
  );

  it.each([
    [
      "text that doubles forty times",
      bind(string("{{a0}}"), { ...doubling, a40: "x" }),
      "more than 10000 references",
    ],
    [
      "text that doubles until nothing is left",
      bind(string("{{a0}}"), { ...doubling, a40: "" }),
      "more than 10000 references",
    ],
    ["a cycle", bind(string("{{a}}"), { a: "{{b}}", b: "{{a}}" }), "100 rounds"],
    ["a cycle that grows", bind(string("{{a}}"), { a: "x{{a}}" }), "100 rounds"],
    ["a cycle that doubles", bind(string("{{a}}"), { a: "{{a}}{{a}}" }), "more than 10000 references"],
    [
      "a list that is too long to be text",
      bind(string("{{l}}"), { l: build(listOf(STRING), Array(200_000).fill("0123456789")) }),
      "grows beyond",
    ],
    [
      "a text that would be a gigabyte after one round",
      bind(string("{{a}}"), { a: "{{b}}".repeat(1000), b: "0123456789".repeat(100_000) }),
      "grows beyond",
    ],
    ["an address of a million parts", string(`{{a${".a".repeat(1_000_000)}}}`), "is not a reference"],
  ])("is refused: %s", (_, node, message) => {
    const { problems } = interpolate(node);
    expect(problems).toEqual([expect.objectContaining({ message: expect.stringContaining(message) })]);
  });

  it("is refused for the tree as a whole when there is too much of it", () => {
    const texts = build(listOf(STRING), Array(1000).fill("{{a18}}"));
    const { node, problems } = interpolate(bind(texts, { ...doubling, a35: "x" }));
    expect(problems).toEqual([expect.objectContaining({ rule: "limit", path: [] })]);
    expect(node).toMatchObject({ items: { length: 1000 } });
  });

  it("is refused: values that lead to each other twice, level by level", () => {
    const level = (inner: unknown, depth: number): unknown =>
      depth === 0
        ? inner
        : bind(process({ name: "{{p.name}}{{p.cmdline}}", cmdline: "{{p.cmdline}}{{p.name}}" }), {
            p: level(inner, depth - 1),
          });
    const node = level(process({ name: "", cmdline: "" }), 40);
    expect(interpolate(build(listOf(process({}).type), [node])).problems).not.toEqual([]);
  });

  it("is none of these: a thousand jobs of twenty processes", () => {
    const job = structTypes.get("Job") as StructType;
    const processes = Array.from({ length: 20 }, (_, index) => ({
      name: `p${index}`,
      cmdline: "run {{role}} {{profile.version}} {{thermos.ports[http]}}",
    }));
    const trees = Array.from({ length: 1000 }, (_, index) =>
      bind(build(job, { name: `j${index}`, role: "www", cluster: "west", task: { processes } }), {
        profile: { version: "1" },
      }),
    );
    for (const tree of trees) expect(interpolate(interpolate(tree).node).problems).toEqual([]);
  });
});
