import type { ChoiceType, EnumType, ListType, MapType, ScalarType, StructType } from "./type.ts";

/** Where a value was written. Lines and columns start at 1. */
export interface Place {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/**
 * What a configuration built, before its templates are filled in: an immutable tree of typed values. Each may carry
 * bindings of its own (`scopes`, innermost first), in which the references of its subtree are looked up after the
 * attributes. The same node may hang at several places.
 */
export type Node = ScalarNode | StructNode | ListNode | MapNode | ChoiceNode;

/** Tells a node from plain data that looks like one: no JSON text can hold it. */
export const NODE: unique symbol = Symbol("node");

interface Common {
  readonly [NODE]: true;
  readonly scopes: readonly Scope[];
  readonly place?: Place | undefined;
}

export interface ScalarNode extends Common {
  readonly kind: "scalar";
  readonly type: ScalarType | EnumType;
  /** As given: text may hold references, and need not be of the type yet (`"3"`, `"{{n}}"` for an Integer). */
  readonly value: RawScalar;
}

/** `float` tells Python's 1.0 from 1; null is what JSON and None give, and is of no type. */
export type RawScalar = string | boolean | null | number | { readonly float: number };

export interface StructNode extends Common {
  readonly kind: "struct";
  readonly type: StructType;
  /** Fields that are set, by the configuration or by default; one that is Empty is absent. */
  readonly fields: ReadonlyMap<string, Node>;
  /** Names of those fields that came from the type's defaults. */
  readonly defaulted: ReadonlySet<string>;
}

export interface ListNode extends Common {
  readonly kind: "list";
  readonly type: ListType;
  readonly items: readonly Node[];
}

export interface MapNode extends Common {
  readonly kind: "map";
  readonly type: MapType;
  readonly entries: readonly (readonly [key: Node, value: Node])[];
}

/** A value that may be of several types: decided when its templates are filled in. */
export interface ChoiceNode extends Common {
  readonly kind: "choice";
  readonly type: ChoiceType;
  /** Already of one of the types, or a plain value that the first type to accept it takes. */
  readonly value: Node | Undecided;
}

export interface Undecided {
  readonly plain: unknown;
  /** Where its parts were written. */
  readonly placeOf?: (path: readonly (string | number)[]) => Place | undefined;
}

/** A table of bindings, or a struct, list or map whose own fields serve as bindings. */
export type Scope = Environment | StructNode | ListNode | MapNode;

export interface Environment {
  readonly kind: "environment";
  /** By address (`profile`, `docker.image[http][latest]`), in canonical form. */
  readonly table: ReadonlyMap<string, string | Node>;
}

export function isNode(value: unknown): value is Node {
  return typeof value === "object" && value !== null && NODE in value;
}

/** Whether a reference can reach into it. A choice is decided too late for that, in Pystachio too. */
export function isNamable(node: Node): node is StructNode | ListNode | MapNode {
  return node.kind === "struct" || node.kind === "list" || node.kind === "map";
}
