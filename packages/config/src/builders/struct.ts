import { BuildError } from "../template/build.ts";
import type { Field, StructType, Type } from "../template/type.ts";
import { type Builder, builderOf } from "./builder.ts";
import { nodesIn } from "./built.ts";
import { callerPlace } from "./caller-place.ts";
import type { DefaultField, Described, RequiredField } from "./described.ts";

type AnyField = Described<unknown> | DefaultField<unknown> | RequiredField<unknown>;

type Held<F> =
  F extends RequiredField<infer T>
    ? T
    : F extends DefaultField<infer T>
      ? T
      : F extends Described<infer T>
        ? T
        : never;

type RequiredNames<S> = { [Name in keyof S]: S[Name] extends RequiredField<unknown> ? Name : never }[keyof S];

/** What an object of the struct holds. */
export type Shape<S> = { readonly [Name in RequiredNames<S>]: Held<S[Name]> } & {
  readonly [Name in Exclude<keyof S, RequiredNames<S>>]?: Held<S[Name]>;
};

/**
 * A type of the configuration's own, usually a profile to bind:
 * `const Profile = Struct("Profile", { role: Default(String, "www-data"), instances: Required(Integer) })`
 */
export function Struct<const S extends Readonly<Record<string, AnyField>>>(
  name: string,
  fields: S,
): Builder<Shape<S>> {
  const entries = Object.entries(fields).map(
    ([field, described]) => [field, fieldOf(field, described)] as const,
  );
  const type: StructType = { kind: "Struct", name, fields: new Map(entries) };
  return builderOf<Shape<S>>(type);
}

function fieldOf(name: string, field: AnyField): Field {
  if ("of" in field) {
    const type = typeOf(name, field.of);
    if ("required" in field) return { type, required: true };
    return { type, required: false, default: nodesIn(field.default, [], undefined) };
  }
  return { type: typeOf(name, field), required: false };
}

/** JavaScript has a String and a Boolean of its own, which are there when the import was forgotten. */
function typeOf(name: string, described: Described<unknown>): Type {
  if ("type" in described) return described.type;
  const message =
    "needs a type of the builders: import String, Integer, Float, Boolean, List or Map from @borealis/config/builders";
  throw new BuildError({ rule: "type", path: [name], message, place: callerPlace() });
}
