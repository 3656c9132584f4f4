import { z } from "zod";
import { jobSchema } from "../src/job.ts";
import { bare } from "../src/reflect.ts";

/** What an attribute may hold, in the terms of Aurora's types. Objects and named words are told by their names. */
export type ValueType =
  | { readonly kind: "String" | "Integer" | "Float" | "Boolean" }
  | { readonly kind: "Enum"; readonly name: string; readonly values: readonly string[] }
  | { readonly kind: "List"; readonly of: ValueType }
  | { readonly kind: "Map"; readonly value: ValueType }
  | { readonly kind: "Struct"; readonly name: string }
  | { readonly kind: "Choice"; readonly options: readonly ValueType[] };

export interface Attribute {
  readonly name: string;
  readonly type: ValueType;
  readonly required: boolean;
  /** What it holds when it is not given; references to other attributes are written as templates. */
  readonly default?: unknown;
  readonly description: string;
}

export interface ObjectDescription {
  readonly name: string;
  readonly description: string;
  readonly attributes: readonly Attribute[];
}

/** Every object of a configuration as its schema has it, for tests of what is said about them. */
export function describeObjects(): readonly ObjectDescription[] {
  const found = new Map<string, z.ZodObject>();
  collect(jobSchema, found);
  return [...found].map(([name, schema]) => ({
    name,
    description: schema.meta()?.description ?? "",
    attributes: Object.entries(schema.shape).map(([attribute, field]) => describe(attribute, field)),
  }));
}

function collect(schema: z.core.$ZodType, found: Map<string, z.ZodObject>): void {
  const at = bare(schema);
  if (at instanceof z.ZodArray) collect(at.element, found);
  if (at instanceof z.ZodRecord) collect(at.valueType, found);
  if (at instanceof z.ZodUnion) for (const option of at.options) collect(option, found);
  if (!(at instanceof z.ZodObject)) return;
  const id = at.meta()?.id ?? "";
  if (found.has(id)) return;
  found.set(id, at);
  for (const field of Object.values(at.shape)) collect(field, found);
}

function describe(name: string, field: z.core.$ZodType): Attribute {
  const meta = z.globalRegistry.get(field);
  const standIn = meta?.["templateDefault"] ?? defaultOf(field);
  return {
    name,
    type: typeOf(field),
    required: !z.safeParse(z.object({ field }), {}).success,
    ...(standIn === undefined ? {} : { default: standIn }),
    description: meta?.description ?? z.globalRegistry.get(bare(field))?.description ?? "",
  };
}

function defaultOf(field: z.core.$ZodType): unknown {
  return field instanceof z.ZodDefault || field instanceof z.ZodPrefault ? field.def.defaultValue : undefined;
}

function typeOf(schema: z.core.$ZodType): ValueType {
  const at = bare(schema);
  if (at instanceof z.ZodObject) return { kind: "Struct", name: at.meta()?.id ?? "" };
  if (at instanceof z.ZodArray) return { kind: "List", of: typeOf(at.element) };
  if (at instanceof z.ZodRecord) return { kind: "Map", value: typeOf(at.valueType) };
  if (at instanceof z.ZodBoolean) return { kind: "Boolean" };
  if (at instanceof z.ZodNumberFormat) return { kind: "Integer" };
  if (at instanceof z.ZodNumber) return { kind: "Float" };
  if (at instanceof z.ZodEnum)
    return { kind: "Enum", name: at.meta()?.id ?? "", values: at.options.map(String) };
  if (at instanceof z.ZodUnion && at.options.every((option) => bare(option) instanceof z.ZodObject)) {
    return { kind: "Choice", options: at.options.map(typeOf) };
  }
  return { kind: "String" };
}
