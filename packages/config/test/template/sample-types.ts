import { build } from "../../src/template/build.ts";
import type { Node, ScalarNode, StructNode } from "../../src/template/node.ts";
import type { EnumType, ListType, MapType, ScalarType, StructType, Type } from "../../src/template/type.ts";

/** Small types of the shape of Aurora's, as the recorded cases use them. */
export const STRING: ScalarType = { kind: "String" };
export const INTEGER: ScalarType = { kind: "Integer" };
export const FLOAT: ScalarType = { kind: "Float" };
export const BOOLEAN: ScalarType = { kind: "Boolean" };
export const SCALARS = { String: STRING, Integer: INTEGER, Float: FLOAT, Boolean: BOOLEAN };
export const RO_OR_RW: EnumType = { kind: "Enum", name: "Enum_RO_RW", values: ["RO", "RW"] };

export const PROCESS: StructType = {
  kind: "Struct",
  name: "P",
  fields: new Map([
    ["name", { type: STRING, required: true }],
    ["cmdline", { type: STRING, required: false }],
    ["n", { type: INTEGER, required: false, default: 3 }],
  ]),
};

export const TASK: StructType = {
  kind: "Struct",
  name: "T",
  fields: new Map([
    ["name", { type: STRING, required: false, default: "{{processes[0].name}}" }],
    ["processes", { type: listOf(PROCESS), required: false }],
    ["title", { type: STRING, required: false }],
    ["n", { type: INTEGER, required: false, default: 9 }],
  ]),
};

export function listOf(of: Type): ListType {
  return { kind: "List", of };
}

export function mapOf(key: Type, value: Type): MapType {
  return { kind: "Map", key, value };
}

export function string(value: string): ScalarNode {
  return build(STRING, value) as ScalarNode;
}

export function process(fields: Readonly<Record<string, unknown>>): StructNode {
  return build(PROCESS, fields);
}

export function task(fields: Readonly<Record<string, unknown>>): StructNode {
  return build(TASK, fields);
}

/** An attribute as `object.name()` reads it: filled in with what its object knows. */
export function attribute(node: Node, name: string): Node | undefined {
  return node.kind === "struct" ? node.fields.get(name) : undefined;
}
