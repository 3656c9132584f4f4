import type { ProblemRule } from "@borealis/schema";
import { Budget, LimitReached } from "./budget.ts";
import { type BuildProblem, buildAll, type Path } from "./build.ts";
import { Filler } from "./filler.ts";
import { isTemplate } from "./mustache.ts";
import {
  type ChoiceNode,
  isNode,
  type ListNode,
  type MapNode,
  type Node,
  type Place,
  type ScalarNode,
  type StructNode,
  type Undecided,
} from "./node.ts";
import { pythonText } from "./python-text.ts";
import { asBindings, innerScopes, ownScopes, type Scopes } from "./scope.ts";
import { TemplateError, type TemplateErrorName } from "./template-error.ts";
import { pathOf, type Trail } from "./trail.ts";
import { sameType, type Type, typeName } from "./type.ts";

/** A reference that is bound to nothing. It is left in the text. */
export interface UnboundReference {
  /** Its address in canonical form, without braces. */
  readonly reference: string;
  readonly path: Path;
  readonly place: Place | undefined;
}

/** A value that could not be filled in, or is then not of its type. It is left as it was. */
export interface TemplateProblem {
  readonly rule: ProblemRule;
  readonly error: TemplateErrorName;
  readonly path: Path;
  readonly place: Place | undefined;
  /** As Pystachio says it, for a program that may look at it. */
  readonly message: string;
  /** As it is said to people. */
  readonly words: string;
  readonly seen?: unknown;
  readonly allowed?: readonly string[] | undefined;
  readonly suggestion?: string | undefined;
}

export interface Interpolated<N extends Node = Node> {
  readonly node: N;
  readonly unbound: readonly UnboundReference[];
  readonly problems: readonly TemplateProblem[];
}

/**
 * Fills in the references of a tree, and makes its values be of their types. Bindings are used up: the result has none,
 * but for text in which an escape became a reference. Never throws: what is wrong is told.
 */
export function interpolate<N extends Node>(node: N): Interpolated<N> {
  if (settled.has(node)) return { node, unbound: [], problems: [] };
  const walk = new Walk(new Filler(new Budget()));
  try {
    return { ...walk.found, node: walk.visit(node, undefined, { place: undefined }) as N };
  } catch (error) {
    if (!(error instanceof LimitReached)) throw error;
    const problem = {
      rule: "limit",
      error: "Uninterpolatable",
      path: [],
      place: node.place,
      message: `Unable to interpolate: ${error.message}`,
      words: `can not be filled in: ${error.message}`,
    } as const;
    return { node, unbound: [], problems: [problem] };
  }
}

/** Deeper trees come from nobody, and would exhaust the stack. */
const DEEPEST = 250;

/** Values that hold no references, have no bindings and are of their types. Most are, the second time at the latest. */
const settled = new WeakSet<Node>();

class Walk {
  readonly found: { readonly unbound: UnboundReference[]; readonly problems: TemplateProblem[] } = {
    unbound: [],
    problems: [],
  };
  readonly #filler: Filler;
  #depth = 0;

  constructor(filler: Filler) {
    this.#filler = filler;
  }

  visit(node: Node, outer: Scopes | undefined, outerTrail: Trail): Node {
    if (settled.has(node)) return node;
    const trail = node.place === undefined ? outerTrail : { ...outerTrail, place: node.place };
    if (this.#depth === DEEPEST) throw new LimitReached("it is nested too deeply");
    this.#depth++;
    const filled = this.#visitKind(node, outer, trail);
    this.#depth--;
    return filled;
  }

  #visitKind(node: Node, outer: Scopes | undefined, trail: Trail): Node {
    switch (node.kind) {
      case "scalar":
        return this.#scalar(node, outer, trail);
      case "struct":
        return this.#struct(node, outer, trail);
      case "list":
        return this.#list(node, outer, trail);
      case "map":
        return this.#map(node, outer, trail);
      case "choice":
        return this.#choice(node, outer, trail);
    }
  }

  #scalar(node: ScalarNode, outer: Scopes | undefined, trail: Trail): ScalarNode {
    try {
      const { value, unbound } = this.#filler.scalar(node, outer);
      for (const { address: reference } of unbound) {
        this.found.unbound.push({ reference, path: pathOf(trail), place: trail.place });
      }
      const escaped = unbound.length === 0 && typeof value === "string" && isTemplate(value);
      if (value === node.value && node.scopes.length === 0 && !escaped) {
        if (unbound.length === 0) settled.add(node);
        return node;
      }
      return { ...node, value, scopes: escaped ? asBindings(ownScopes(node, outer)) : [] };
    } catch (error) {
      if (!(error instanceof TemplateError)) throw error;
      this.#report(error, trail, node.value);
      return node;
    }
  }

  #struct(node: StructNode, outer: Scopes | undefined, trail: Trail): StructNode {
    const scopes = innerScopes(node, outer);
    let changed = node.scopes.length > 0;
    const fields = new Map<string, Node>();
    for (const [name, field] of node.fields) {
      const filled = this.visit(field, scopes, { outer: trail, step: name, place: trail.place });
      changed ||= filled !== field;
      fields.set(name, filled);
    }
    return changed ? { ...node, fields, scopes: [] } : settle(node, node.fields.values());
  }

  #list(node: ListNode, outer: Scopes | undefined, trail: Trail): ListNode {
    const scopes = innerScopes(node, outer);
    let changed = node.scopes.length > 0;
    const items = node.items.map((item, index) => {
      const filled = this.visit(item, scopes, { outer: trail, step: index, place: trail.place });
      changed ||= filled !== item;
      return filled;
    });
    return changed ? { ...node, items, scopes: [] } : settle(node, node.items);
  }

  #map(node: MapNode, outer: Scopes | undefined, trail: Trail): MapNode {
    const scopes = innerScopes(node, outer);
    let changed = node.scopes.length > 0;
    const entries = node.entries.map(([key, value]) => {
      const step = key.kind === "scalar" ? pythonText(key.value) : typeName(key.type);
      const at = { outer: trail, step, place: trail.place };
      const filled = [this.visit(key, scopes, at), this.visit(value, scopes, at)] as const;
      changed ||= filled[0] !== key || filled[1] !== value;
      return filled;
    });
    return changed ? { ...node, entries, scopes: [] } : settle(node, node.entries.flat());
  }

  #choice(node: ChoiceNode, outer: Scopes | undefined, trail: Trail): ChoiceNode {
    const { value, type } = node;
    const scopes = ownScopes(node, outer);
    if (!isNode(value)) return { ...node, value: this.#decide(node, value, scopes, trail), scopes: [] };
    if (!type.options.some((option) => sameType(option, value.type))) {
      this.#report(noneAccepts(node), trail);
      return node;
    }
    const filled = this.visit(value, scopes, trail);
    if (filled !== value || node.scopes.length > 0) return { ...node, value: filled, scopes: [] };
    return settle(node, [value]);
  }

  /** The first type that takes the value as it is filled in. */
  #decide(node: ChoiceNode, value: Undecided, scopes: Scopes | undefined, trail: Trail): Node | Undecided {
    const refusals: { readonly option: Type; readonly found: Walk["found"] }[] = [];
    for (const option of node.type.options) {
      const { node: built, problems } = buildAll(option, value.plain, value);
      const trial = new Walk(this.#filler);
      trial.#depth = this.#depth;
      for (const problem of problems) trial.#reportBuild(problem, trail);
      const filled = problems.length > 0 ? built : trial.visit(built, scopes, trail);
      if (trial.found.problems.length === 0) {
        this.found.unbound.push(...trial.found.unbound);
        return filled;
      }
      refusals.push({ option, found: trial.found });
    }
    const likely = refusals.reduce((best, other) =>
      likeness(other.option, value.plain) > likeness(best.option, value.plain) ? other : best,
    );
    if (likeness(likely.option, value.plain) === 0) this.#report(noneAccepts(node), trail, value.plain);
    else this.found.problems.push(...likely.found.problems);
    return value;
  }

  #report(error: TemplateError, trail: Trail, seen?: unknown): void {
    const { rule, name, message, words, allowed, suggestion } = error;
    this.found.problems.push({
      rule,
      error: name,
      path: pathOf(trail),
      place: trail.place,
      message,
      words,
      ...(seen === undefined ? {} : { seen }),
      ...(allowed === undefined ? {} : { allowed }),
      ...(suggestion === undefined ? {} : { suggestion }),
    });
  }

  #reportBuild({ path, place = undefined, ...problem }: BuildProblem, trail: Trail): void {
    this.found.problems.push({
      ...problem,
      error: "CoercionError",
      words: problem.message,
      path: [...pathOf(trail), ...path],
      place: place ?? trail.place,
    });
  }
}

function settle<N extends Node>(node: N, children: Iterable<Node>): N {
  for (const child of children) if (!settled.has(child)) return node;
  settled.add(node);
  return node;
}

function noneAccepts({ type, value }: ChoiceNode): TemplateError {
  const shown = pythonText(isNode(value) ? value : value.plain);
  const allowed = type.options.map(typeName);
  const message = `Cannot coerce '${shown}' to ${type.name}: none of its types takes it`;
  return new TemplateError("CoercionError", "type", message, {
    allowed,
    words: `must be of one of the types of ${type.name}`,
  });
}

/** How many attributes of a value a type knows: of several that refuse it, the nearest is worth hearing. */
function likeness(option: Type, value: unknown): number {
  if (option.kind !== "Struct" || typeof value !== "object" || value === null) return 0;
  return Object.keys(value).filter((name) => option.fields.has(name)).length;
}
