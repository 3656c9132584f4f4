/** One part of an address: `.name` reaches into a struct or a nested binding, `[index]` into a list or a map. */
export interface Step {
  readonly kind: "name" | "index";
  readonly value: string;
}

/** What stands between the braces of `{{…}}`. */
export interface Reference {
  readonly steps: readonly Step[];
  /** Its canonical text: `.a[0].b` and `a[0].b` are the same reference. */
  readonly address: string;
}

/** Content of braces that is no address. Pystachio refuses it too, rather than to take it for text. */
export class InvalidReference extends Error {
  override readonly name = "InvalidRefError";
  readonly content: string;
  /** For people. */
  readonly words: string;

  constructor(content: string) {
    super(`{{${shorten(content)}}} is not a reference: ${whatToDo(content)}`);
    this.content = content;
    const trimmed = content.trim();
    const hasBlanks = trimmed !== content && isReference(trimmed);
    this.words = hasBlanks ? `blanks are not allowed inside {{ }}: write {{${trimmed}}}` : this.message;
  }
}

/** Looking an address up takes time for each of its beginnings. */
const MOST_STEPS = 100;
const STEP = /\.([A-Za-z_]\w*)|\[([\w\-./]+)\]/y;

/** Reads an address such as `profile.ports[http]`. Throws InvalidReference. */
export function parseReference(content: string): Reference {
  const text = /^[.[]/.test(content) ? content : `.${content}`;
  const steps: Step[] = [];
  STEP.lastIndex = 0;
  for (let at = 0; at < text.length; at = STEP.lastIndex) {
    const match = STEP.exec(text);
    if (match === null || steps.length === MOST_STEPS) throw new InvalidReference(content);
    const [, name, index = ""] = match;
    steps.push(name === undefined ? { kind: "index", value: index } : { kind: "name", value: name });
  }
  if (content === "") throw new InvalidReference(content);
  return { steps, address: addressOf(steps) };
}

export function addressOf(steps: readonly Step[]): string {
  const text = steps.map(({ kind, value }) => (kind === "name" ? `.${value}` : `[${value}]`)).join("");
  return text.startsWith(".") ? text.slice(1) : text;
}

const LONGEST_CONTENT = 60;

function shorten(content: string): string {
  return content.length > LONGEST_CONTENT ? `${content.slice(0, LONGEST_CONTENT)}…` : content;
}

function whatToDo(content: string): string {
  const trimmed = content.trim();
  if (trimmed !== content && isReference(trimmed)) return `write {{${trimmed}}}, without blanks`;
  return (
    "write a name of letters, digits and _, then any number of .name or [index]; " +
    "text that needs such braces has to be put together by the shell"
  );
}

function isReference(content: string): boolean {
  try {
    parseReference(content);
    return true;
  } catch {
    return false;
  }
}
