import { fileURLToPath } from "node:url";

interface At {
  readonly file: string;
  readonly line: number;
  readonly column?: number;
}

/** `file:///web.ts:4`, the source line, and a caret below: what Node prints above the stack of a syntax error. */
export function placeInHeader({ stack = "" }: Error): (At & { readonly seen?: string }) | undefined {
  const header = /^(file:\/\/\S+|\/\S+):(\d+)\n((?:.*\n)*?)( *)\^+ *(?:\n|$)/.exec(stack);
  if (header === null) return undefined;
  const [, url = "", line, shownLines = "", indent = ""] = header;
  const source = shownLines.trimEnd().split("\n").at(-1)?.trim();
  const place = { file: pathOf(url), line: Number(line), column: indent.length + 1 };
  return source === undefined || source === "" ? place : { ...place, seen: source };
}

/** The first line of the stack that is in a file of the user's. */
export function placeInStack({ stack = "" }: Error, isUserFile: (file: string) => boolean): At | undefined {
  for (const [, url = "", line, column] of stack.matchAll(/(file:\/\/[^\s)]+?|\/[^\s():]+):(\d+):(\d+)/g)) {
    const file = pathOf(url);
    if (isUserFile(file)) return { file, line: Number(line), column: Number(column) };
  }
  return undefined;
}

function pathOf(url: string): string {
  if (!url.startsWith("file:")) return url;
  try {
    return fileURLToPath(url);
  } catch {
    return url;
  }
}
