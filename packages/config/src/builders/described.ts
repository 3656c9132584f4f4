import type { Type } from "../template/type.ts";
import type { Templated } from "./templated.ts";

declare const holds: unique symbol;

/** A type as a configuration names it, for the fields of its own structs; `T` is what such a field holds. */
export interface Described<T> {
  readonly type: Type;
  readonly [holds]?: T;
}

const StringType: Described<string> = { type: { kind: "String" } };
const IntegerType: Described<number> = { type: { kind: "Integer" } };
const FloatType: Described<number> = { type: { kind: "Float" } };
const BooleanType: Described<boolean> = { type: { kind: "Boolean" } };

export { BooleanType as Boolean, FloatType as Float, IntegerType as Integer, StringType as String };

export function List<T>(of: Described<T>): Described<readonly T[]> {
  return { type: { kind: "List", of: of.type } };
}

function MapType<T>(key: Described<string>, value: Described<T>): Described<Readonly<Record<string, T>>> {
  return { type: { kind: "Map", key: key.type, value: value.type } };
}

export { MapType as Map };

/** `Enum("RO", "RW")`, or with a name of its own: `Enum("Mode", ["RO", "RW"])`. */
export function Enum<const Value extends string>(...values: readonly Value[]): Described<Value>;
export function Enum<const Value extends string>(name: string, values: readonly Value[]): Described<Value>;
export function Enum(first: string, ...rest: readonly (string | readonly string[])[]): Described<string> {
  const [values] = rest;
  if (Array.isArray(values)) return { type: { kind: "Enum", name: first, values } };
  const all = [first, ...(rest as readonly string[])];
  return { type: { kind: "Enum", name: `Enum_${all.join("_")}`, values: all } };
}

/** A field of a struct that says more than its type. */
export interface DefaultField<T> {
  readonly of: Described<T>;
  readonly default: unknown;
}

export interface RequiredField<T> {
  readonly of: Described<T>;
  readonly required: true;
}

export function Default<T>(of: Described<T>, value: Templated<T>): DefaultField<T> {
  return { of, default: value };
}

export function Required<T>(of: Described<T>): RequiredField<T> {
  return { of, required: true };
}
