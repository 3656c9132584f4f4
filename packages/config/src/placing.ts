import { formatPath, type Problem, type ProblemRule } from "@borealis/schema";
import type { Node, Place, StructNode } from "./template/node.ts";

export type Path = readonly (string | number)[];

interface Unplaced {
  readonly rule: ProblemRule;
  readonly path: Path;
  readonly message: string;
  readonly seen?: unknown;
  readonly allowed?: readonly string[] | undefined;
  readonly suggestion?: string | undefined;
  readonly place?: Place | undefined;
}

/** Says of a problem in a job where in the file it is: paths are those of the job, places those of its values. */
export class Placing {
  readonly #tree: StructNode;
  readonly #root: Path;

  constructor(tree: StructNode, root: Path) {
    this.#tree = tree;
    this.#root = root;
  }

  problem({ rule, path, message, seen, allowed, suggestion, place }: Unplaced): Problem {
    const at = place ?? placeIn(this.#tree, path);
    return {
      rule,
      path: formatPath([...this.#root, ...path]),
      message,
      ...(isPlainValue(seen) ? { seen } : {}),
      ...(at === undefined ? {} : { file: at.file, line: at.line, column: at.column }),
      ...(allowed === undefined ? {} : { allowed }),
      ...(suggestion === undefined ? {} : { suggestion }),
    };
  }
}

/** An attribute that is missing has no place of its own: the object that lacks it has. */
function placeIn(tree: Node, path: Path): Place | undefined {
  let place = tree.place;
  let node: Node | undefined = tree;
  for (const step of path) {
    node = childOf(node, step);
    if (node === undefined) break;
    place = node.place ?? place;
  }
  return place;
}

/** The value that a step of a path leads to, if there is one. */
export function childOf(node: Node, step: string | number): Node | undefined {
  switch (node.kind) {
    case "struct":
      return node.fields.get(String(step));
    case "list":
      return node.items[Number(step)];
    case "map":
      return node.entries.find(([key]) => key.kind === "scalar" && key.value === step)?.[1];
    case "choice":
      return "plain" in node.value ? undefined : childOf(node.value, step);
    case "scalar":
      return undefined;
  }
}

/** A whole object is not worth showing. */
function isPlainValue(seen: unknown): boolean {
  return seen !== undefined && (typeof seen !== "object" || seen === null);
}
