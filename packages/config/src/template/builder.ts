import { BuildError, type BuildProblem, type Path } from "./build-error.ts";
import { float, isFloat } from "./float.ts";
import { isTemplate } from "./mustache.ts";
import { isNode, NODE, type Node, type Place, type StructNode } from "./node.ts";
import { pythonText } from "./python-text.ts";
import { suggest } from "./suggestion.ts";
import {
  type ChoiceType,
  type EnumType,
  type Field,
  type ListType,
  type MapType,
  type ScalarType,
  type StructType,
  sameType,
  type Type,
  typeName,
} from "./type.ts";

/** Given for a field, it is left without a value, default or not. `undefined` does the same. */
export const EMPTY: unique symbol = Symbol("Empty");

export interface BuildOptions {
  readonly place?: Place | undefined;
  /** Where the part of the value at this path was written. */
  readonly placeOf?: ((path: Path) => Place | undefined) | undefined;
}

/** Only a type that holds itself gets there, and a value that never ends. */
const DEEPEST = 100;

/** The default of a field is built once: nodes are immutable, and a default may be large. */
const defaults = new WeakMap<Field, Node>();

/** Makes nodes, and reports what can not be made one. */
export class Builder {
  readonly #report: (problem: BuildProblem) => void;
  readonly #options: BuildOptions;
  /** Defaults of defaults: a type whose default holds itself would go on for ever. */
  readonly #generation: number;

  constructor(report: (problem: BuildProblem) => void, options: BuildOptions, generation = 0) {
    this.#report = report;
    this.#options = options;
    this.#generation = generation;
  }

  build(type: Type, value: unknown, path: Path): Node {
    if (path.length + this.#generation > DEEPEST) this.#refuse("limit", path, "is nested too deeply");
    else if (type.kind === "Choice") return this.#choice(type, value, path);
    else if (isNode(value) && sameType(value.type, type)) return value;
    else if (isNode(value))
      this.#refuse("type", path, `expects ${typeName(type)}, got ${typeName(value.type)}`);
    else return this.#make(type, value, path);
    return this.#placeholder(type, path);
  }

  #make(type: Exclude<Type, ChoiceType>, value: unknown, path: Path): Node {
    switch (type.kind) {
      case "Struct":
        return this.#struct(type, value, path);
      case "List":
        return this.#list(type, value, path);
      case "Map":
        return this.#map(type, value, path);
      default:
        return this.#scalar(type, value, path);
    }
  }

  #struct(type: StructType, value: unknown, path: Path): StructNode {
    const bare: StructNode = {
      ...this.#common(path),
      kind: "struct",
      type,
      ...this.#defaultsOf(type),
    };
    if (isRecord(value)) return this.override(bare, Object.entries(value), path);
    const message = `expected a dictionary of the attributes of ${type.name}, got ${pythonText(value)}`;
    this.#refuse("type", path, message, value);
    return bare;
  }

  override(node: StructNode, given: readonly (readonly [string, unknown])[], path: Path): StructNode {
    const fields = new Map(node.fields);
    const defaulted = new Set(node.defaulted);
    for (const [name, value] of given) {
      const field = node.type.fields.get(name);
      if (field === undefined) {
        this.#refuseAttribute(node.type, name, path);
        continue;
      }
      defaulted.delete(name);
      if (value === undefined || value === EMPTY) fields.delete(name);
      else fields.set(name, this.build(field.type, value, [...path, name]));
    }
    return { ...node, fields: inOrder(node.type, fields), defaulted };
  }

  #defaultsOf(type: StructType): Pick<StructNode, "fields" | "defaulted"> {
    const fields = new Map<string, Node>();
    for (const [name, field] of type.fields) {
      if (field.default === undefined) continue;
      fields.set(name, defaults.get(field) ?? this.#buildDefault(field));
    }
    return { fields, defaulted: new Set(fields.keys()) };
  }

  #buildDefault(field: Field): Node {
    const node = new Builder(fail, {}, this.#generation + 1).build(field.type, field.default, []);
    defaults.set(field, node);
    return node;
  }

  #list(type: ListType, value: unknown, path: Path): Node {
    if (!Array.isArray(value)) {
      this.#refuse("type", path, `expects an iterable (a list), got ${pythonText(value)}`, value);
    }
    const values: readonly unknown[] = Array.isArray(value) ? value : [];
    const items = values.map((item, index) => this.build(type.of, item, [...path, index]));
    return { ...this.#common(path), kind: "list", type, items };
  }

  #map(type: MapType, value: unknown, path: Path): Node {
    if (!isRecord(value)) {
      this.#refuse("type", path, `expects a dictionary, got ${pythonText(value)}`, value);
    }
    const entries = Object.entries(isRecord(value) ? value : {}).map(([key, item]) => {
      const at = [...path, key];
      return [this.build(type.key, key, at), this.build(type.value, item, at)] as const;
    });
    return { ...this.#common(path), kind: "map", type, entries };
  }

  #choice(type: ChoiceType, value: unknown, path: Path): Node {
    if (isNode(value) && value.kind === "choice" && sameType(value.type, type)) return value;
    const common = { ...this.#common(path), kind: "choice", type } as const;
    if (isNode(value)) return { ...common, value };
    const { placeOf } = this.#options;
    if (placeOf === undefined) return { ...common, value: { plain: value } };
    return { ...common, value: { plain: value, placeOf: (inner) => placeOf([...path, ...inner]) } };
  }

  #scalar(type: ScalarType | EnumType, value: unknown, path: Path): Node {
    const node = { ...this.#common(path), kind: "scalar", type } as const;
    if (type.kind === "Enum" && !isAccepted(type, value)) {
      const message = `${type.name} only accepts the following values: ${type.values.join(", ")}`;
      const hint = typeof value === "string" ? suggest(value, type.values) : { allowed: type.values };
      this.#report({
        rule: "value",
        path,
        message,
        ...(isShown(value) ? { seen: value } : {}),
        ...this.#placed(path),
        ...hint,
      });
    } else if (isFloat(value)) {
      return { ...node, value: float(value.float) };
    } else if (type.kind === "Float" && typeof value === "number") {
      return { ...node, value: float(value) };
    } else if (value === null || ["string", "number", "boolean"].includes(typeof value)) {
      return { ...node, value: value as string | number | boolean | null };
    } else {
      this.#refuse("type", path, `Cannot coerce '${pythonText(value)}' to ${typeName(type)}`, value);
    }
    return { ...node, value: null };
  }

  /** Keeps the places of what follows it in a list, when the value itself is refused. */
  #placeholder(type: Type, path: Path): Node {
    const common = this.#common(path);
    switch (type.kind) {
      case "Struct":
        return { ...common, kind: "struct", type, fields: new Map(), defaulted: new Set() };
      case "List":
        return { ...common, kind: "list", type, items: [] };
      case "Map":
        return { ...common, kind: "map", type, entries: [] };
      case "Choice":
        return { ...common, kind: "choice", type, value: { plain: null } };
      default:
        return { ...common, kind: "scalar", type, value: null };
    }
  }

  #common(path: Path): { readonly [NODE]: true; readonly scopes: []; readonly place?: Place } {
    const { place } = this.#placed(path);
    return place === undefined ? { [NODE]: true, scopes: [] } : { [NODE]: true, scopes: [], place };
  }

  #placed(path: Path): { readonly place?: Place } {
    const { place, placeOf } = this.#options;
    const here = placeOf?.(path) ?? place;
    return here === undefined ? {} : { place: here };
  }

  #refuse(rule: BuildProblem["rule"], path: Path, message: string, seen?: unknown): void {
    this.#report({ rule, path, message, ...(isShown(seen) ? { seen } : {}), ...this.#placed(path) });
  }

  #refuseAttribute(type: StructType, name: string, path: Path): void {
    const at = [...path, name];
    const hint = suggest(name, [...type.fields.keys()]);
    const message = `Unknown schema attribute ${name}: ${type.name} has none of that name`;
    this.#report({ rule: "unknown-attribute", path: at, message, ...this.#placed(at), ...hint });
  }
}

/** Text of which templates may still make one of the values is accepted. */
function isAccepted(type: EnumType, value: unknown): boolean {
  return typeof value === "string" && (type.values.includes(value) || isTemplate(value));
}

/** In the order in which the type declares them, wherever they were given. */
function inOrder(type: StructType, fields: ReadonlyMap<string, Node>): ReadonlyMap<string, Node> {
  const ordered = new Map<string, Node>();
  for (const name of type.fields.keys()) {
    const node = fields.get(name);
    if (node !== undefined) ordered.set(name, node);
  }
  return ordered;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return (
    typeof value === "object" && value !== null && !Array.isArray(value) && !isNode(value) && !isFloat(value)
  );
}

/** A whole object is not worth showing. */
function isShown(seen: unknown): boolean {
  return seen !== undefined && (typeof seen !== "object" || seen === null);
}

/** What a field holds when nothing is given: the same node each time. Undefined for Empty. */
export function defaultOf(field: Field): Node | undefined {
  if (field.default === undefined) return undefined;
  const node = defaults.get(field) ?? new Builder(fail, {}).build(field.type, field.default, []);
  defaults.set(field, node);
  return node;
}

export function fail(problem: BuildProblem): never {
  throw new BuildError(problem);
}
