import { isNode, type Node, type Scope } from "./node.ts";

/** How large a tree is when what is shared is counted each time it is met, and how deep. */
export interface Measure {
  readonly size: number;
  readonly depth: number;
}

const measures = new WeakMap<Node, Measure>();

/** Cheap for a node whose parts were measured: each node is looked at once. */
export function measure(node: Node): Measure {
  const known = measures.get(node);
  if (known !== undefined) return known;
  let size = 1;
  let depth = 0;
  for (const part of partsOf(node)) {
    const inner = measure(part);
    size += inner.size;
    depth = Math.max(depth, inner.depth);
  }
  const result = { size, depth: depth + 1 };
  measures.set(node, result);
  return result;
}

function* partsOf(node: Node): Generator<Node> {
  for (const scope of node.scopes) yield* nodesBound(scope);
  switch (node.kind) {
    case "struct":
      yield* node.fields.values();
      break;
    case "list":
      yield* node.items;
      break;
    case "map":
      for (const entry of node.entries) yield* entry;
      break;
    case "choice":
      if (isNode(node.value)) yield node.value;
      break;
    case "scalar":
  }
}

function* nodesBound(scope: Scope): Generator<Node> {
  if (scope.kind !== "environment") yield scope;
  else for (const value of scope.table.values()) if (typeof value !== "string") yield value;
}
