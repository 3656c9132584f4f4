import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { checkJob } from "../src/index.ts";
import { type Attribute, describeObjects, type ValueType } from "./describe.ts";

const DOCUMENT = readFileSync(join(import.meta.dirname, "../../../docs/configuration.md"), "utf8");
const OBJECTS = describeObjects();

function inWords(type: ValueType): string {
  switch (type.kind) {
    case "List":
      return `list of ${inWords(type.of)}`;
    case "Map":
      return `map to ${inWords(type.value)}`;
    case "Choice":
      return type.options.map(inWords).join(" or ");
    case "Enum":
      return type.values.map((value) => `\`${value}\``).join(" or ");
    case "Struct":
      return `[${type.name}](#${type.name.toLowerCase()})`;
    default:
      return type.kind;
  }
}

function row({ name, type, required, description, ...attribute }: Attribute): string {
  const absent = required ? "required" : "optional";
  const standIn = attribute.default === undefined ? absent : `\`${JSON.stringify(attribute.default)}\``;
  return `| \`${name}\` | ${inWords(type)} | ${standIn} | ${description} |`;
}

test.for(OBJECTS.map((object) => [object.name, object] as const))(
  "docs/configuration.md has %s as the schema has it",
  ([name, { description, attributes }]) => {
    const section = DOCUMENT.split(`\n### ${name}\n`)[1]?.split(/\n##/)[0] ?? "";
    const expected = ["| Attribute | Type | Default | |", "|---|---|---|---|", ...attributes.map(row)];
    expect(section).toContain(description);
    expect(section.split("\n").filter((line) => line.startsWith("|"))).toEqual(expected);
  },
);

test("every attribute is described, in words that fit into a table", () => {
  for (const { name, attributes } of OBJECTS) {
    for (const attribute of attributes)
      expect(attribute.description, `${name}.${attribute.name}`).toMatch(/^[^|\n]{3,110}\.$/);
  }
});

test("docs/configuration.md has no object that is none", () => {
  const named = [...DOCUMENT.matchAll(/^### ([A-Z]\w*)$/gm)].map(([, name]) => name);
  expect(named.sort()).toEqual(OBJECTS.map(({ name }) => name).sort());
});

test("the example in docs/configuration.md is a job", () => {
  const example = /```json\n([\s\S]*?)```/.exec(DOCUMENT)?.[1] ?? "";
  expect(checkJob(JSON.parse(example)).issues).toBeUndefined();
});
