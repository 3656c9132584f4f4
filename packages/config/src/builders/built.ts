import { bind, withFields } from "../template/build.ts";
import { BuildError } from "../template/build-error.ts";
import { environment } from "../template/environment.ts";
import type { Place, StructNode } from "../template/node.ts";
import { callerPlace } from "./caller-place.ts";
import type { Changes } from "./templated.ts";

declare const shape: unique symbol;

/** What the references of templates may be bound to: text, numbers, objects, and records of these: `{ a: { b: 1 } }`. */
type Bound = string | number | boolean | Built<unknown> | Bindings;

export interface Bindings {
  readonly [name: string]: Bound;
}

/** An object of a configuration. It does not change: `with` and `bind` make another. */
export class Built<T> {
  declare readonly [shape]: T;
  readonly node: StructNode;

  constructor(node: StructNode) {
    this.node = node;
    Object.freeze(this);
  }

  /** The same with these attributes laid over it; undefined takes one away. */
  with(changes: Changes<T>): Built<T> {
    const place = callerPlace();
    const fields = recordOf(changes, `${this.node.type.name}.with()`, place);
    return new Built(withFields(this.node, fields, { place }));
  }

  /** The same, in which `{{name}}` stands for what is given; what is bound later wins. */
  bind(...bindings: readonly (Bindings | Built<unknown>)[]): Built<T> {
    const place = callerPlace();
    const scopes = bindings.map((given) =>
      given instanceof Built
        ? given.node
        : placed(() => environment(recordOf(given, "bind()", place)), place),
    );
    return new Built(bind(this.node, ...scopes));
  }
}

/** Blames the caller for what is refused by those who do not know him. */
function placed<T>(make: () => T, place: Place | undefined): T {
  try {
    return make();
  } catch (error) {
    if (!(error instanceof BuildError) || error.place !== undefined) throw error;
    const { rule, path, message, seen, allowed, suggestion } = error;
    throw new BuildError({ rule, path, message, seen, allowed, suggestion, place });
  }
}

/** The attributes given to `whom`, as `build` takes them. */
export function recordOf(given: unknown, whom: string, place: Place | undefined): Record<string, unknown> {
  const taken = nodesIn(given, [], place);
  if (typeof taken === "object" && taken !== null && !Array.isArray(taken) && !(given instanceof Built)) {
    return taken as Record<string, unknown>;
  }
  const message = `${whom} takes its attributes as an object: { name: value, … }`;
  throw new BuildError({ rule: "type", path: [], message, place });
}

const DEEPEST = 200;

/** Plain values as they are, and nodes where there were objects. What is neither is refused, with its place. */
export function nodesIn(
  value: unknown,
  path: readonly (string | number)[],
  place: Place | undefined,
): unknown {
  if (value instanceof Built) return value.node;
  const refuse = (message: string) => new BuildError({ rule: "type", path, message, place });
  if (path.length > DEEPEST) throw refuse("is nested too deeply, or holds itself");
  if (Array.isArray(value)) return value.map((item, index) => nodesIn(item, [...path, index], place));
  switch (typeof value) {
    case "string":
    case "number":
    case "boolean":
    case "undefined":
      return value;
    case "function":
      throw refuse(value.name === "" ? "is a function" : `is a function: call it, as in ${value.name}(…)`);
    case "object":
      if (value === null) return null;
      if (!isPlainRecord(value))
        throw refuse(`is a ${value.constructor.name}, and no object of a configuration`);
      return Object.fromEntries(
        Object.entries(value).map(([name, held]) => [name, nodesIn(held, [...path, name], place)]),
      );
    default:
      throw refuse(`is a ${typeof value}`);
  }
}

/** Made by braces, of whatever realm. */
function isPlainRecord(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}
