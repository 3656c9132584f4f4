import { coerce } from "./coerce.ts";
import { type Environment, isNamable, type MapNode, type Node, type Scope, type StructNode } from "./node.ts";
import { pythonText } from "./python-text.ts";
import { addressOf, type Step } from "./reference.ts";

/**
 * Where the references of a value are looked up, innermost first: a linked list of bindings and of the structs that
 * hold the value. Values share the links of what holds them, so walking a tree costs one link per struct.
 */
export type Scopes = (
  | { readonly kind: "bindings"; readonly bindings: Scope }
  | { readonly kind: "struct"; readonly struct: StructNode }
) & { readonly outer: Scopes | undefined; readonly length: number };

/** What a reference stands for, and the scopes around it in which its own references are looked up. */
export type Found = string | { readonly node: Node; readonly scopes: Scopes | undefined };

/** The scopes of a node that hangs in `outer`. */
export function ownScopes(node: Node, outer: Scopes | undefined): Scopes | undefined {
  let scopes = outer;
  for (const bindings of node.scopes.toReversed()) {
    scopes = { kind: "bindings", bindings, outer: scopes, length: 1 + (scopes?.length ?? 0) };
  }
  return scopes;
}

/** The scopes of what hangs in a node: a struct adds its attributes, before what was bound to it. */
export function innerScopes(node: Node, outer: Scopes | undefined): Scopes | undefined {
  const own = ownScopes(node, outer);
  if (node.kind !== "struct") return own;
  return { kind: "struct", struct: node, outer: own, length: 1 + (own?.length ?? 0) };
}

/** The scopes as bindings, for a value that is taken out of them and may still refer to something in there. */
export function asBindings(scopes: Scopes | undefined): Scope[] {
  const bindings: Scope[] = [];
  for (let link = scopes; link !== undefined; link = link.outer) {
    bindings.push(link.kind === "bindings" ? link.bindings : attributesOf(link.struct));
  }
  return bindings;
}

function attributesOf({ fields }: StructNode): Environment {
  const table = new Map<string, Node>(fields);
  for (const [name, node] of fields) table.set(`self.${name}`, node);
  return { kind: "environment", table };
}

/**
 * Looks an address up.
 *
 * `self` is the nearest struct. `super` is what surrounds a struct; with several around, the outermost that knows the
 * rest of the address answers. That is how Pystachio happens to order them, and what configurations were written for.
 */
export function findIn(scopes: Scopes | undefined, steps: readonly Step[]): Found | undefined {
  let structs: Scopes[] = [];
  for (let link = scopes; link !== undefined; link = link.outer) {
    const found = link.kind === "struct" ? findOwn(link.struct, steps) : findBound(link.bindings, steps);
    if (found !== undefined) return found;
    if (link.kind === "struct") structs.push(link);
  }
  const [first, ...rest] = steps;
  if (first?.kind !== "name" || first.value !== "super") return undefined;
  // Each `super` may mean any struct around, so only few can be followed: nobody writes more.
  structs = structs.slice(-MOST_SUPERS);
  for (const { outer } of structs.reverse()) {
    const found = findIn(outer, rest);
    if (found !== undefined) return found;
  }
  return undefined;
}

const MOST_SUPERS = 10;

function findOwn(struct: StructNode, steps: readonly Step[]): Found | undefined {
  const [first] = steps;
  if (first?.kind !== "name") return undefined;
  const self = first.value === "self" && steps.length > 1 ? findAttribute(struct, steps.slice(1)) : undefined;
  return self ?? findAttribute(struct, steps);
}

/** An attribute is found as it was given: what its references mean is up to who refers to it. */
function findAttribute({ fields }: StructNode, [first, ...rest]: readonly Step[]): Found | undefined {
  const node = first?.kind === "name" ? fields.get(first.value) : undefined;
  return node === undefined ? undefined : findWithin(node, undefined, rest);
}

function findBound(scope: Scope, steps: readonly Step[]): Found | undefined {
  return scope.kind === "environment" ? findMounted(scope, steps) : findWithin(scope, undefined, steps);
}

/** The whole address if it is bound, or else the longest beginning that leads to the rest. */
function findMounted({ table }: Environment, steps: readonly Step[]): Found | undefined {
  for (let length = steps.length; length > 0; length--) {
    const mounted = table.get(addressOf(steps.slice(0, length)));
    if (mounted === undefined) continue;
    if (typeof mounted !== "string") {
      const found = findWithin(mounted, undefined, steps.slice(length));
      if (found !== undefined) return found;
    } else if (length === steps.length) return mounted;
  }
  return undefined;
}

/** What is found inside keeps the scopes that it passed on the way. */
function findWithin(node: Node, outer: Scopes | undefined, steps: readonly Step[]): Found | undefined {
  const [step, ...rest] = steps;
  if (step === undefined) return { node, scopes: outer };
  if (!isNamable(node)) return undefined;
  const child = childOf(node, step);
  return child === undefined ? undefined : findWithin(child, innerScopes(node, outer), rest);
}

function childOf(node: Exclude<Scope, Environment>, { kind, value }: Step): Node | undefined {
  if (node.kind === "struct") return kind === "name" ? node.fields.get(value) : undefined;
  if (kind === "name") return undefined;
  if (node.kind === "map") return entryOf(node, value);
  return /^-?\d+$/.test(value) ? node.items.at(Number(value)) : undefined;
}

/** A map may be large, and asked often. */
const entriesByKey = new WeakMap<MapNode, ReadonlyMap<string, Node>>();

function entryOf(map: MapNode, key: string): Node | undefined {
  const { type } = map;
  if (type.key.kind === "Struct" || type.key.kind === "List") return undefined;
  if (type.key.kind === "Map" || type.key.kind === "Choice") return undefined;
  const wanted = coerce(type.key, key);
  if (!("value" in wanted)) return undefined;
  const entries = entriesByKey.get(map) ?? indexEntries(map);
  entriesByKey.set(map, entries);
  return entries.get(pythonText(wanted.value));
}

/** Of several entries with the same key the first is found. Keys that are templates themselves are not. */
function indexEntries(map: MapNode): ReadonlyMap<string, Node> {
  const entries = new Map<string, Node>();
  for (const [key, value] of map.entries) {
    if (key.kind !== "scalar") continue;
    const is = coerce(key.type, key.value);
    const text = "value" in is ? pythonText(is.value) : undefined;
    if (text !== undefined && !entries.has(text)) entries.set(text, value);
  }
  return entries;
}
