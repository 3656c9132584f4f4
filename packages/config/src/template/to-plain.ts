import { isFloat } from "./float.ts";
import { isNode, type Node, type RawScalar } from "./node.ts";
import { pythonText } from "./python-text.ts";

/** What a tree holds, as JSON has it: attributes that are Empty are absent, and names that are not text become text. */
export function toPlain(node: Node): unknown {
  switch (node.kind) {
    case "scalar":
      return plainScalar(node.value);
    case "list":
      return node.items.map(toPlain);
    case "struct":
      return Object.fromEntries([...node.fields].map(([name, field]) => [name, toPlain(field)]));
    case "map":
      return Object.fromEntries(node.entries.map(([key, value]) => [keyText(key), toPlain(value)]));
    case "choice":
      return isNode(node.value) ? toPlain(node.value) : plainOf(node.value.plain);
  }
}

function plainScalar(value: RawScalar): string | number | boolean | null {
  return typeof value === "object" && value !== null ? value.float : value;
}

function keyText(key: Node): string {
  return pythonText(key.kind === "scalar" ? key.value : toPlain(key));
}

/** The same of data that may hold nodes. Of a choice that is not decided, nobody has looked at the value yet. */
export function plainOf(value: unknown): unknown {
  if (isNode(value)) return toPlain(value);
  if (isFloat(value)) return value.float;
  if (Array.isArray(value)) return value.map(plainOf);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, plainOf(item)]));
}
