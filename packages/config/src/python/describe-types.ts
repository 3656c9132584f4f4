import type { Field, StructType, Type } from "../template/type.ts";

type WireField = [name: string, type: string, required: boolean, fallback?: { plain: unknown }];

type TypeDefinition =
  | { kind: "Struct"; name: string; fields: WireField[] }
  | { kind: "Enum"; name: string; values: readonly string[] }
  | { kind: "List"; of: string }
  | { kind: "Map"; key: string; value: string }
  | { kind: "Choice"; name: string; options: string[] };

/** Types as JSON, by reference: what Python makes its classes of. */
export function describeTypes(structs: ReadonlyMap<string, StructType>): string {
  const types: Record<string, TypeDefinition> = {};

  function refer(type: Type): string {
    const reference = referenceOf(type);
    if (isScalar(type) || reference in types) return reference;
    // Marked before its parts are visited, as one of them may refer to it.
    types[reference] = { kind: "List", of: "" };
    types[reference] = define(type);
    return reference;
  }

  function define(type: Type): TypeDefinition {
    switch (type.kind) {
      case "List":
        return { kind: "List", of: refer(type.of) };
      case "Map":
        return { kind: "Map", key: refer(type.key), value: refer(type.value) };
      case "Choice":
        return { kind: "Choice", name: type.name, options: type.options.map(refer) };
      case "Enum":
        return { kind: "Enum", name: type.name, values: type.values };
      case "Struct":
        return { kind: "Struct", name: type.name, fields: [...type.fields].map(field) };
      default:
        throw new TypeError(`a ${type.kind} needs no description`);
    }
  }

  function field([name, { type, required, default: fallback }]: [string, Field]): WireField {
    const row: WireField = [name, refer(type), required];
    if (fallback !== undefined) row.push({ plain: fallback });
    return row;
  }

  for (const type of structs.values()) refer(type);
  return JSON.stringify({ types });
}

function isScalar({ kind }: Type): boolean {
  return kind === "String" || kind === "Integer" || kind === "Float" || kind === "Boolean";
}

/** A struct and an enum go by their name, as on the wire; the others by what they are made of. */
function referenceOf(type: Type): string {
  switch (type.kind) {
    case "Struct":
    case "Enum":
      return type.name;
    case "List":
      return `List(${referenceOf(type.of)})`;
    case "Map":
      return `Map(${referenceOf(type.key)}, ${referenceOf(type.value)})`;
    case "Choice":
      return `Choice(${type.options.map(referenceOf).join(", ")})`;
    default:
      return type.kind;
  }
}
