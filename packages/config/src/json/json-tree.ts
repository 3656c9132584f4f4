import { formatPath, type Problem } from "@borealis/schema";
import type { Node as JsonNode } from "jsonc-parser";
import { LineIndex } from "../line-index.ts";
import { type Float, float } from "../template/float.ts";
import type { Place } from "../template/node.ts";
import { parseSyntax } from "./json-syntax.ts";

export type Path = readonly (string | number)[];

/** A JSON text that parsed: its value, and where each part of it was written. */
export interface JsonTree {
  readonly value: unknown;
  /** The place of the value at `path`, or of the nearest object around it that exists. */
  placeOf(path: Path): Place;
  /** What JSON allows and a configuration does not: names given twice, numbers beyond all bounds. */
  readonly problems: readonly Problem[];
}

/** No configuration comes near; deeper ones exhaust the stack of whoever walks them. */
const DEEPEST = 200;

/** Reads JSON text. Never throws. */
export function parseJsonTree(text: string, file: string): JsonTree | { readonly failed: Problem } {
  const lines = new LineIndex(text);
  const at = (offset: number): Place => ({ file, ...lines.at(offset) });
  const fail = (rule: Problem["rule"], message: string, offset: number) => ({
    failed: { rule, path: "", message, ...at(offset) },
  });
  if (text.trim() === "") return fail("syntax", "is empty", 0);
  const root = parseSyntax(text);
  if ("failed" in root) return fail(root.rule, root.failed, root.offset);
  const walk = new Walk(text, at);
  const located = walk.read(root, [], root.offset);
  if (walk.tooDeepAt !== undefined) return fail("limit", "is nested too deeply", walk.tooDeepAt);
  return {
    value: located.value,
    placeOf: (path) => at(deepest(located, path).offset),
    problems: walk.problems,
  };
}

/** A value, where it starts (its name, if it has one), and the same of what it holds. */
interface Located {
  readonly value: unknown;
  readonly offset: number;
  readonly children?: ReadonlyMap<string | number, Located>;
}

class Walk {
  readonly problems: Problem[] = [];
  tooDeepAt: number | undefined;
  readonly #text: string;
  readonly #at: (offset: number) => Place;

  constructor(text: string, at: (offset: number) => Place) {
    this.#text = text;
    this.#at = at;
  }

  read(node: JsonNode, path: Path, offset: number): Located {
    if (path.length > DEEPEST) {
      this.tooDeepAt ??= node.offset;
      return { value: null, offset };
    }
    switch (node.type) {
      case "object":
        return this.#object(node.children ?? [], path, offset);
      case "array": {
        const items = (node.children ?? []).map((item, index) =>
          this.read(item, [...path, index], item.offset),
        );
        return { value: items.map(({ value }) => value), offset, children: new Map(items.entries()) };
      }
      case "number":
        return { value: this.#number(node, path), offset };
      default:
        return { value: node.value, offset };
    }
  }

  #object(properties: readonly JsonNode[], path: Path, offset: number): Located {
    const children = new Map<string, Located>();
    for (const property of properties) {
      const [nameNode, valueNode] = property.children ?? [];
      if (nameNode === undefined || valueNode === undefined) continue;
      const name = String(nameNode.value);
      const first = children.get(name);
      if (first === undefined) {
        children.set(name, this.read(valueNode, [...path, name], property.offset));
      } else {
        const { line, column } = this.#at(first.offset);
        const message = `is given twice: first at line ${line}, column ${column}`;
        this.#refuse("duplicate", [...path, name], message, property.offset);
      }
    }
    return { value: recordOf(children), offset, children };
  }

  /** As it was written: 1.0 is a float, whatever JavaScript thinks. */
  #number(node: JsonNode, path: Path): number | Float {
    const number = node.value as number;
    if (!Number.isFinite(number)) {
      this.#refuse("value", path, "is too large a number", node.offset);
      return 0;
    }
    const written = this.#text.slice(node.offset, node.offset + node.length);
    return /[.eE]/.test(written) ? float(number) : number;
  }

  #refuse(rule: Problem["rule"], path: Path, message: string, offset: number): void {
    this.problems.push({ rule, path: formatPath(path), message, ...this.#at(offset) });
  }
}

/** Without a prototype: `__proto__` is then a name like any other, and lends no attributes. */
function recordOf(children: ReadonlyMap<string, Located>): Readonly<Record<string, unknown>> {
  const record: Record<string, unknown> = Object.create(null);
  for (const [name, { value }] of children) record[name] = value;
  return record;
}

function deepest(root: Located, path: Path): Located {
  let located = root;
  for (const step of path) {
    const child = located.children?.get(step);
    if (child === undefined) break;
    located = child;
  }
  return located;
}
