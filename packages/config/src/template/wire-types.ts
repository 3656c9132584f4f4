import { enumTypes, structTypes } from "./builtin-types.ts";
import type { Node } from "./node.ts";
import type { Field, ScalarType, Type } from "./type.ts";
import { malformed, ownValue, readArray, readRecord, readText } from "./wire-read.ts";

const SCALARS: ReadonlyMap<string, ScalarType> = new Map(
  (["String", "Integer", "Float", "Boolean"] as const).map((kind) => [kind, { kind }]),
);

/** Lists of lists of lists: only structs and choices may hold themselves. */
const DEEPEST = 20;

/** The type of Aurora's or of Pystachio's that goes by this name on the wire. */
export function knownType(reference: string): Type | undefined {
  return SCALARS.get(reference) ?? structTypes.get(reference) ?? enumTypes.get(reference);
}

/** The types that a message names, its own among them. */
export class WireTypes {
  readonly #definitions: Readonly<Record<string, unknown>>;
  readonly #nodeAt: (index: unknown) => Node;
  readonly #types = new Map<string, Type>();
  /** Parts of structs and choices, which may refer to what is being read. */
  readonly #later: (() => void)[] = [];

  constructor(definitions: Readonly<Record<string, unknown>>, nodeAt: (index: unknown) => Node) {
    this.#definitions = definitions;
    this.#nodeAt = nodeAt;
  }

  get(reference: unknown): Type {
    const type = this.#resolve(reference, 0);
    for (let next = this.#later.pop(); next !== undefined; next = this.#later.pop()) next();
    return type;
  }

  #resolve(reference: unknown, depth: number): Type {
    const name = readText(reference, "a type's name");
    const type = knownType(name) ?? this.#types.get(name) ?? this.#define(name, depth);
    this.#types.set(name, type);
    return type;
  }

  #define(name: string, depth: number): Type {
    if (depth > DEEPEST) throw malformed(`type ${name} is nested too deeply`);
    const definition = readRecord(ownValue(this.#definitions, name), `type ${name}`);
    const inner = (reference: unknown) => this.#resolve(reference, depth + 1);
    switch (ownValue(definition, "kind")) {
      case "List":
        return { kind: "List", of: inner(ownValue(definition, "of")) };
      case "Map":
        return {
          kind: "Map",
          key: inner(ownValue(definition, "key")),
          value: inner(ownValue(definition, "value")),
        };
      case "Enum":
        return { kind: "Enum", name: nameIn(definition), values: this.#values(definition) };
      case "Choice": {
        const options: Type[] = [];
        const references = readArray(ownValue(definition, "options"), `the options of ${name}`);
        if (references.length === 0) throw malformed(`the choice ${name} has no options`);
        this.#later.push(() => options.push(...references.map((option) => this.#resolve(option, 0))));
        return { kind: "Choice", name: nameIn(definition), options };
      }
      case "Struct": {
        const fields = new Map<string, Field>();
        const rows = readArray(ownValue(definition, "fields"), `the fields of ${name}`);
        this.#later.push(() => {
          for (const row of rows) fields.set(...this.#field(readArray(row, `a field of ${name}`)));
        });
        return { kind: "Struct", name: nameIn(definition), fields };
      }
      default:
        throw malformed(`type ${name} is of no known kind`);
    }
  }

  #values(definition: Readonly<Record<string, unknown>>): readonly string[] {
    return readArray(ownValue(definition, "values"), "an enum").map((value) => readText(value, "a value"));
  }

  #field([nameGiven, reference, required, fallback]: readonly unknown[]): [string, Field] {
    const name = readText(nameGiven, "a field's name");
    const type = this.#resolve(reference, 0);
    const base = { type, required: required === true };
    if (fallback === undefined || fallback === null) return [name, base];
    const given = readRecord(fallback, `the default of ${name}`);
    if (!Object.hasOwn(given, "node")) return [name, { ...base, default: ownValue(given, "plain") }];
    const nodeAt = this.#nodeAt;
    // Asked for when a value of the type is read: a default may itself be of a type that is still being read.
    const field: Field = {
      ...base,
      get default() {
        return nodeAt(ownValue(given, "node"));
      },
    };
    return [name, field];
  }
}

function nameIn(definition: Readonly<Record<string, unknown>>): string {
  return readText(ownValue(definition, "name"), "a type's name");
}
