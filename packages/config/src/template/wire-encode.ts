import { buildAll, defaultOf } from "./build.ts";
import { isFloat } from "./float.ts";
import { isNode, type Node, type Place, type RawScalar, type Scope, type StructNode } from "./node.ts";
import { pythonText } from "./python-text.ts";
import { plainOf } from "./to-plain.ts";
import { type ChoiceType, type Field, type Type, typeName } from "./type.ts";
import { knownType } from "./wire-types.ts";

/** Trees as JSON: nodes in one list, parts before what they are part of, what is shared written once. */
export interface WireMessage {
  readonly types: Readonly<Record<string, unknown>>;
  readonly nodes: readonly unknown[];
  readonly files: readonly string[];
}

/** Writes the trees of one message. `add` gives the index that stands for a node. */
export class WireWriter {
  readonly #nodes: unknown[] = [];
  readonly #indexes = new Map<Node, number>();
  readonly #types = new Map<string, unknown>();
  readonly #references = new Map<Type, string>();
  readonly #files = new Map<string, number>();

  add(node: Node): number {
    const known = this.#indexes.get(node);
    if (known !== undefined) return known;
    const wire: Record<string, unknown> = { t: this.#reference(node.type), v: this.#value(node) };
    if (node.scopes.length > 0) wire["s"] = node.scopes.map((scope) => this.#scope(scope));
    if (node.place !== undefined) wire["at"] = this.#place(node.place);
    const index = this.#nodes.push(wire) - 1;
    this.#indexes.set(node, index);
    return index;
  }

  message(): WireMessage {
    return { types: Object.fromEntries(this.#types), nodes: this.#nodes, files: [...this.#files.keys()] };
  }

  #value(node: Node): unknown {
    switch (node.kind) {
      case "scalar":
        return wireScalar(node.value);
      case "struct":
        return this.#fields(node);
      case "list":
        return node.items.map((item) => this.add(item));
      case "map":
        return node.entries.map(([key, value]) => [this.add(key), this.add(value)]);
      case "choice":
        return isNode(node.value)
          ? { node: this.add(node.value) }
          : this.#undecided(node.type, node.value.plain);
    }
  }

  /** What the type's defaults would not give by themselves. */
  #fields({ type, fields, defaulted }: StructNode): Readonly<Record<string, number | null>> {
    const given: [string, number | null][] = [];
    for (const [name, field] of type.fields) {
      const node = fields.get(name);
      const isDefault = node === defaultOf(field) && (node === undefined || defaulted.has(name));
      if (!isDefault) given.push([name, node === undefined ? null : this.add(node)]);
    }
    return Object.fromEntries(given);
  }

  /** Plain data goes as it is. If it holds objects, it is decided here, as the other side would. */
  #undecided(type: ChoiceType, plain: unknown): unknown {
    if (holdsNode(plain)) {
      for (const option of type.options) {
        const { node, problems } = buildAll(option, plain);
        if (problems.length === 0) return { node: this.add(node) };
      }
    }
    return { plain: plainOf(plain) };
  }

  #scope(scope: Scope): unknown {
    if (scope.kind !== "environment") return { node: this.add(scope) };
    const bindings = [...scope.table].map(
      ([address, value]) => [address, typeof value === "string" ? value : { node: this.add(value) }] as const,
    );
    return { env: Object.fromEntries(bindings) };
  }

  #place({ file, line, column }: Place): [number, number, number] {
    const index = this.#files.get(file) ?? this.#files.size;
    this.#files.set(file, index);
    return [index, line, column];
  }

  #reference(type: Type): string {
    const known = this.#references.get(type);
    if (known !== undefined) return known;
    const isKnown =
      type.kind === "Struct" || type.kind === "Enum" ? knownType(type.name) === type : isScalar(type);
    const reference = isKnown ? typeName(type) : `${typeName(type)}#${this.#references.size}`;
    // Before its parts, which may refer to it.
    this.#references.set(type, reference);
    if (!isKnown) this.#types.set(reference, this.#define(type));
    return reference;
  }

  #define(type: Type): unknown {
    switch (type.kind) {
      case "List":
        return { kind: "List", of: this.#reference(type.of) };
      case "Map":
        return { kind: "Map", key: this.#reference(type.key), value: this.#reference(type.value) };
      case "Choice":
        return {
          kind: "Choice",
          name: type.name,
          options: type.options.map((option) => this.#reference(option)),
        };
      case "Struct":
        return {
          kind: "Struct",
          name: type.name,
          fields: [...type.fields].map((entry) => this.#field(...entry)),
        };
      default:
        return type;
    }
  }

  #field(name: string, field: Field): unknown[] {
    const row = [name, this.#reference(field.type), field.required];
    const fallback = defaultOf(field);
    return fallback === undefined ? row : [...row, { node: this.add(fallback) }];
  }
}

function isScalar({ kind }: Type): boolean {
  return kind === "String" || kind === "Integer" || kind === "Float" || kind === "Boolean";
}

/** JSON has no NaN and no infinity. As text they are refused where they are coerced, with their place. */
function wireScalar(value: RawScalar): unknown {
  if (typeof value === "number") return Number.isFinite(value) ? value : pythonText(value);
  if (typeof value !== "object" || value === null) return value;
  return Number.isFinite(value.float) ? { float: value.float } : pythonText(value);
}

function holdsNode(value: unknown): boolean {
  if (isNode(value)) return true;
  if (typeof value !== "object" || value === null || isFloat(value)) return false;
  return Object.values(value).some(holdsNode);
}
