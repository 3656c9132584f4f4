import { type Budget, LONGEST_TEXT } from "./budget.ts";
import { buildAll } from "./build.ts";
import { coerce } from "./coerce.ts";
import { replaceReferences, unescapeAliases } from "./mustache.ts";
import { type ChoiceNode, isNode, type Node, type RawScalar, type ScalarNode } from "./node.ts";
import { pythonText } from "./python-text.ts";
import { InvalidReference, parseReference, type Reference } from "./reference.ts";
import { type Found, findIn, innerScopes, ownScopes, type Scopes } from "./scope.ts";
import { TemplateError } from "./template-error.ts";
import { sameType, typeName } from "./type.ts";

/** As many as Pystachio makes before it takes what never ends for a cycle. */
const MOST_ROUNDS = 100;
/** What refers to itself twice doubles with each round, and would be a megabyte long before it is found out. */
const MOST_REPLACED = 10_000;
/** What looking one reference up takes, in characters that could be read instead. */
const LOOK_UP = 100;
const LONGEST_SHOWN = 60;

export interface FilledText {
  readonly text: string;
  /** What is bound to nothing, and left as it stands. */
  readonly unbound: readonly Reference[];
}

export interface FilledScalar {
  readonly value: RawScalar;
  readonly unbound: readonly Reference[];
}

/** What takes the place of a reference: its value, or, if it is bound to nothing, itself. */
interface Splice {
  readonly reference: Reference;
  readonly isBound: boolean;
  readonly text: string;
}

/** Fills in the references of text. Throws TemplateError for what can not be filled in. */
export class Filler {
  readonly #budget: Budget;

  constructor(budget: Budget) {
    this.#budget = budget;
  }

  /** What a scalar comes to: of its type, unless something in it is unbound. */
  scalar(node: ScalarNode, outer: Scopes | undefined): FilledScalar {
    this.#budget.spend(1);
    if (typeof node.value !== "string") return { value: coerced(node, node.value), unbound: [] };
    const { text, unbound } = this.#fill(node.value, ownScopes(node, outer));
    if (unbound.length > 0) return { value: text, unbound };
    return { value: coerced(node, text), unbound };
  }

  /** Round after round, since what is filled in may hold references, or be part of one: `{{x[{{i}}]}}`. */
  #fill(template: string, scopes: Scopes | undefined): FilledText {
    if (!template.includes("{{")) return { text: template, unbound: [] };
    const known = new Map<string, Splice>();
    let text = template;
    let replaced = 0;
    for (let round = 0; round < MOST_ROUNDS; round++) {
      const next = this.#round(text, scopes, known);
      text = next.text;
      replaced += next.replaced;
      if (replaced > MOST_REPLACED) throw tooMany();
      if (next.replaced === 0) return { text: unescapeAliases(text), unbound: [...next.unbound.values()] };
    }
    throw uninterpolatable(text);
  }

  #round(template: string, scopes: Scopes | undefined, known: Map<string, Splice>) {
    this.#budget.spend(template.length);
    const unbound = new Map<string, Reference>();
    let replaced = 0;
    let length = 0;
    const text = replaceReferences(template, (content) => {
      const splice = known.get(content) ?? this.#splice(content, scopes);
      known.set(content, splice);
      if (splice.isBound) replaced++;
      else unbound.set(splice.reference.address, splice.reference);
      length += splice.text.length;
      // Counted on the way: one round may make a terabyte of a megabyte.
      if (length > LONGEST_TEXT) throw tooLong();
      return splice.text;
    });
    if (replaced > 0 && text.length > LONGEST_TEXT) throw tooLong();
    return { text, replaced, unbound };
  }

  #splice(content: string, scopes: Scopes | undefined): Splice {
    const reference = referenceIn(content);
    const { address, steps } = reference;
    this.#budget.spend(LOOK_UP + (scopes?.length ?? 0) * steps.length);
    const found = findIn(scopes, steps);
    if (found === undefined) return { reference, isBound: false, text: `{{${address}}}` };
    return { reference, isBound: true, text: this.#textOfFound(found, reference) };
  }

  #textOfFound(found: Found, reference: Reference): string {
    if (typeof found === "string") return found;
    try {
      return this.#textOf(found.node, found.scopes);
    } catch (error) {
      throw error instanceof TemplateError ? error.within(reference) : error;
    }
  }

  /** A value as it is spliced into text: as Python shows it, which for whole objects nobody finds pretty. */
  #textOf(node: Node, outer: Scopes | undefined): string {
    this.#budget.spend(1);
    if (node.kind === "scalar") return pythonText(this.scalar(node, outer).value);
    if (node.kind === "choice") return this.#textOfChoice(node, outer);
    const scopes = innerScopes(node, outer);
    const name = typeName(node.type);
    switch (node.kind) {
      case "list":
        return `${name}(${joined(node.items, ", ", (item) => this.#textOf(item, scopes))})`;
      case "map": {
        const pair = ([key, value]: readonly [Node, Node]) =>
          `${this.#textOf(key, scopes)} => ${this.#textOf(value, scopes)}`;
        return `${name}(${joined(node.entries, ", ", pair)})`;
      }
      case "struct": {
        const field = ([key, value]: readonly [string, Node]) => `${key}=${this.#textOf(value, scopes)}`;
        return `${name}(${joined(node.fields, `,\n${" ".repeat(name.length + 1)}`, field)})`;
      }
    }
  }

  #textOfChoice(node: ChoiceNode, outer: Scopes | undefined): string {
    const scopes = ownScopes(node, outer);
    const { value, type } = node;
    for (const option of type.options) {
      if (isNode(value)) {
        if (sameType(value.type, option)) return this.#textOf(value, scopes);
        continue;
      }
      const built = buildAll(option, value.plain);
      if (built.problems.length > 0) continue;
      try {
        return this.#textOf(built.node, scopes);
      } catch (error) {
        if (!(error instanceof TemplateError)) throw error;
      }
    }
    const shown = pythonText(isNode(value) ? value : value.plain);
    const words = `must be of one of the types of ${type.name}`;
    throw new TemplateError("CoercionError", "type", `Cannot coerce '${shown}' to ${type.name}`, { words });
  }
}

function coerced({ type, value: template }: ScalarNode, raw: RawScalar): RawScalar {
  const result = coerce(type, raw);
  if ("value" in result) return result.value;
  const { message, words, ...hint } = result;
  const cameTo = raw === template ? "" : `, and comes to ${JSON.stringify(shorten(pythonText(raw)))}`;
  const rule = type.kind === "Enum" ? "value" : "type";
  throw new TemplateError("CoercionError", rule, message, { ...hint, words: words + cameTo });
}

function referenceIn(content: string): Reference {
  try {
    return parseReference(content);
  } catch (error) {
    if (!(error instanceof InvalidReference)) throw error;
    throw new TemplateError("InvalidRefError", "template", error.message, { words: error.words });
  }
}

function joined<T>(items: Iterable<T>, separator: string, textOf: (item: T) => string): string {
  const texts: string[] = [];
  let length = 0;
  for (const item of items) {
    const text = textOf(item);
    texts.push(text);
    length += text.length + separator.length;
    if (length > LONGEST_TEXT) throw tooLong();
  }
  return texts.join(separator);
}

function shorten(text: string): string {
  return text.length > LONGEST_SHOWN ? `${text.slice(0, LONGEST_SHOWN)}…` : text;
}

function uninterpolatable(text: string): TemplateError {
  const still = `after ${MOST_ROUNDS} rounds there is still something to replace`;
  const shown = shorten(text);
  const message = `Unable to interpolate ${shown}: ${still}, so its references lead back to it`;
  const words = `its references may not lead back to it: ${still}, in ${shown}`;
  return new TemplateError("Uninterpolatable", "template", message, { words });
}

function tooMany(): TemplateError {
  return tooLarge(`it leads to more than ${MOST_REPLACED} references`);
}

function tooLong(): TemplateError {
  return tooLarge(`it grows beyond ${LONGEST_TEXT} characters`);
}

function tooLarge(why: string): TemplateError {
  const words = `can not be filled in: ${why}`;
  return new TemplateError("Uninterpolatable", "limit", `Unable to interpolate: ${why}`, { words });
}
