import { z } from "zod";
import type { EnumType, Field, StructType, Type } from "./type.ts";

/** The types that schemas describe, by the names in their `meta`. */
export interface DerivedTypes {
  readonly structs: ReadonlyMap<string, StructType>;
  readonly enums: ReadonlyMap<string, EnumType>;
}

/**
 * Reads the types of templates off zod schemas, so that an attribute is declared once. What a schema refuses about a
 * value is no business of its type: that is checked when the templates are filled in.
 */
export function deriveTypes(roots: readonly z.core.$ZodType[]): DerivedTypes {
  const derivation = new Derivation();
  for (const root of roots) derivation.typeOf(root);
  return derivation;
}

class Derivation implements DerivedTypes {
  readonly structs = new Map<string, StructType>();
  readonly enums = new Map<string, EnumType>();

  typeOf(schema: z.core.$ZodType): Type {
    const bare = unwrap(schema);
    if (bare instanceof z.core.$ZodObject) return this.#struct(bare);
    if (bare instanceof z.core.$ZodArray) return { kind: "List", of: this.typeOf(bare._zod.def.element) };
    if (bare instanceof z.core.$ZodRecord) {
      const { keyType, valueType } = bare._zod.def;
      return { kind: "Map", key: this.typeOf(keyType), value: this.typeOf(valueType) };
    }
    if (bare instanceof z.core.$ZodEnum) return this.#enum(bare);
    if (bare instanceof z.core.$ZodUnion) return this.#union(bare);
    return scalarOf(bare);
  }

  #struct(schema: z.core.$ZodObject): StructType {
    const name = idOf(schema) ?? "";
    const known = this.structs.get(name);
    if (known !== undefined) return known;
    const fields = new Map<string, Field>();
    const type: StructType = { kind: "Struct", name, fields };
    if (name === "") throw new TypeError(`a schema has no name: { ${Object.keys(schema._zod.def.shape)} }`);
    this.structs.set(name, type);
    for (const [field, of] of Object.entries(schema._zod.def.shape)) fields.set(field, this.#field(of));
    return type;
  }

  #field(schema: z.core.$ZodType): Field {
    const type = this.typeOf(schema);
    const given = defaultOf(schema);
    const required = given === undefined && schema._zod.optin !== "optional";
    return given === undefined ? { type, required } : { type, required, default: given };
  }

  #enum(schema: z.core.$ZodEnum): Type {
    const name = idOf(schema);
    if (name === undefined) return { kind: "String" };
    const values = Object.values(schema._zod.def.entries).map(String);
    const type = this.enums.get(name) ?? ({ kind: "Enum", name, values } as const);
    this.enums.set(name, type);
    return type;
  }

  /** Objects are alternatives. Text or a number is what Python has as a String: it takes both. */
  #union(schema: z.core.$ZodUnion): Type {
    const options = schema._zod.def.options.map((option) => this.typeOf(option));
    if (!options.some(({ kind }) => kind === "Struct")) return { kind: "String" };
    const names = options.map((option) => ("name" in option ? option.name : option.kind));
    return { kind: "Choice", name: idOf(schema) ?? `Choice_${names.join("_")}`, options };
  }
}

function scalarOf(schema: z.core.$ZodType): Type {
  if (schema instanceof z.core.$ZodBoolean) return { kind: "Boolean" };
  if (schema instanceof z.ZodNumber) return { kind: schema.isInt ? "Integer" : "Float" };
  if (schema instanceof z.core.$ZodString) return { kind: "String" };
  throw new TypeError(`templates have no type for a schema of kind ${schema._zod.def.type}`);
}

/** What is left when a schema's default, its being optional and what is done with its value are taken away. */
function unwrap(schema: z.core.$ZodType): z.core.$ZodType {
  if (schema instanceof z.core.$ZodPipe) {
    const { in: input, out } = schema._zod.def;
    return unwrap(input instanceof z.core.$ZodTransform ? out : input);
  }
  const inner = innerOf(schema);
  return inner === undefined ? schema : unwrap(inner);
}

function innerOf(schema: z.core.$ZodType): z.core.$ZodType | undefined {
  const { innerType } = schema._zod.def as { readonly innerType?: z.core.$ZodType };
  return innerType;
}

/** A template as default, which only `meta` can hold, comes before the schema's own. */
function defaultOf(schema: z.core.$ZodType): unknown {
  const template = z.globalRegistry.get(schema)?.["templateDefault"];
  if (template !== undefined) return template;
  if (schema instanceof z.core.$ZodDefault || schema instanceof z.core.$ZodPrefault) {
    return schema._zod.def.defaultValue;
  }
  const inner = schema instanceof z.core.$ZodPipe ? schema._zod.def.in : innerOf(schema);
  return inner === undefined ? undefined : defaultOf(inner);
}

/** A copy that only says more, as `.describe` makes, is still of the name of what it was made of. */
function idOf(schema: z.core.$ZodType): string | undefined {
  const id = z.globalRegistry.get(schema)?.id;
  return id ?? (schema._zod.parent === undefined ? undefined : idOf(schema._zod.parent));
}
