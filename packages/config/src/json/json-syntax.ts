import { type Node, type ParseError, parseTree, printParseErrorCode } from "jsonc-parser";

/** Why a text is no JSON, and where. */
export interface SyntaxFailure {
  readonly failed: string;
  readonly rule: "syntax" | "limit";
  readonly offset: number;
}

/** Parses JSON as JSON.parse does, but keeps where each part is. */
export function parseSyntax(text: string): Node | SyntaxFailure {
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
