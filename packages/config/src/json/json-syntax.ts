import { type Node, type ParseError, parseTree, printParseErrorCode } from "jsonc-parser";

/** Why a text is no JSON, and where. */
export interface SyntaxFailure {
  readonly failed: string;
  readonly rule: "syntax" | "limit";
  readonly offset: number;
}

/** A thousand large jobs have a third of it. Each takes some hundred bytes, whatever it took in the text. */
const MOST_VALUES = 500_000;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
/** `,`, `[` and `{`: as many as there are values, or some more. */
const IN_FRONT = new Set([0x2c, 0x5b, 0x7b]);

/** How many places there are for values, found without making them. Counts no further than beyond `most`. */
function separators(text: string, most: number): number {
  if (text.length <= most) return 0;
  let count = 0;
  let quoted = false;
  for (let at = 0; at < text.length && count <= most; at++) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) quoted = !quoted;
    else if (quoted && code === BACKSLASH) at++;
    else if (!quoted && IN_FRONT.has(code)) count++;
  }
  return count;
}

/** Parses JSON as JSON.parse does, but keeps where each part is. */
export function parseSyntax(text: string): Node | SyntaxFailure {
  if (separators(text, MOST_VALUES) > MOST_VALUES) {
    return { failed: `holds more than ${MOST_VALUES} values`, rule: "limit", offset: 0 };
  }
  const errors: ParseError[] = [];
  const root = tryToParse(text, errors);
  if (root === "too deep") return { failed: "is nested too deeply", rule: "limit", offset: 0 };
  const [error] = errors;
  if (error === undefined && root !== undefined) return root;
  const what = error === undefined ? "" : `: ${inWords(error)}`;
  return { failed: `is not JSON${what}`, rule: "syntax", offset: error?.offset ?? 0 };
}

const SYNTAX: Readonly<Record<string, string>> = {
  CommaExpected: "a comma is missing before this",
  ColonExpected: "a colon is missing before this",
  ValueExpected: "a value is missing here",
  PropertyNameExpected: "a name in double quotes belongs here",
  CloseBraceExpected: "a } is missing",
  CloseBracketExpected: "a ] is missing",
  EndOfFileExpected: "something follows after the end",
  InvalidSymbol: "this is no value: text is put in double quotes",
  InvalidNumberFormat: "this is no JSON number",
  InvalidEscapeCharacter: "this text has a backslash before what JSON does not escape",
  InvalidUnicode: "this text has a \\u without four hexadecimal digits",
  InvalidCharacter: "this text has a line break or control character: write \\n, \\t or \\u0000",
  UnexpectedEndOfString: "this text has no closing quote",
  UnexpectedEndOfNumber: "this number has no end",
  UnexpectedEndOfComment: "JSON has no comments",
  InvalidCommentToken: "JSON has no comments",
};

function inWords({ error }: ParseError): string {
  const code = printParseErrorCode(error);
  return SYNTAX[code] ?? code;
}

/** The parser goes one call deeper for each bracket, and a text of nothing but brackets exhausts the stack. */
function tryToParse(text: string, errors: ParseError[]): Node | undefined | "too deep" {
  try {
    return parseTree(text, errors, { allowTrailingComma: false, disallowComments: true });
  } catch (error) {
    if (error instanceof RangeError) return "too deep";
    throw error;
  }
}
