/**
 * The types of Pystachio, as far as configurations need them: what a value may hold, before and after its templates are
 * filled in. Those of Aurora's own objects are derived from the zod schemas; a configuration adds its `Struct` profiles.
 */
export type Type = ScalarType | EnumType | ListType | MapType | StructType | ChoiceType;

export interface ScalarType {
  readonly kind: "String" | "Integer" | "Float" | "Boolean";
}

export interface EnumType {
  readonly kind: "Enum";
  /** `Enum_RO_RW` when the configuration gave none. */
  readonly name: string;
  readonly values: readonly string[];
}

export interface ListType {
  readonly kind: "List";
  readonly of: Type;
}

export interface MapType {
  readonly kind: "Map";
  readonly key: Type;
  readonly value: Type;
}

export interface StructType {
  readonly kind: "Struct";
  readonly name: string;
  /** In the order of declaration. A getter where types refer to themselves. */
  readonly fields: ReadonlyMap<string, Field>;
}

export interface ChoiceType {
  readonly kind: "Choice";
  readonly name: string;
  readonly options: readonly Type[];
}

export interface Field {
  readonly type: Type;
  readonly required: boolean;
  /** What the field holds when nothing is given: a plain value; undefined for Empty. */
  readonly default?: unknown;
}

/** As Pystachio names its classes: `ProcessList`, `StringStringMap`. */
export function typeName(type: Type): string {
  switch (type.kind) {
    case "List":
      return `${typeName(type.of)}List`;
    case "Map":
      return `${typeName(type.key)}${typeName(type.value)}Map`;
    case "Struct":
    case "Enum":
    case "Choice":
      return type.name;
    default:
      return type.kind;
  }
}

/** Whether a value of one type is a value of the other as it stands. What has a name is known by it. */
export function sameType(a: Type, b: Type): boolean {
  if (a === b) return true;
  return a.kind === b.kind && typeName(a) === typeName(b);
}
