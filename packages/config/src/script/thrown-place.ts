import { fileURLToPath } from "node:url";

interface At {
  readonly file: string;
  readonly line: number;
  readonly column?: number;
}

/** `file:///web.ts:4`, the source line, and a caret below: what Node prints above the stack of a syntax error. */
export function placeInHeader({ stack = "" }: Error): At | undefined {
  const header = /^(file:\/\/\S+|\/\S+):(\d+)\n(?:.*\n)*?( *)\^+ *(?:\n|$)/.exec(stack);
  if (header === null) return undefined;
  const [, url = "", line, indent = ""] = header;
  return { file: pathOf(url), line: Number(line), column: indent.length + 1 };
}

/** The first line of the stack that is in a file of the user's. */
export function placeInStack({ stack = "" }: Error, isUserFile: (file: string) => boolean): At | undefined {
  for (const [, url = "", line, column] of stack.matchAll(/(file:\/\/[^\s)]+?|\/[^\s():]+):(\d+):(\d+)/g)) {
    const file = pathOf(url);
    if (isUserFile(file)) return { file, line: Number(line), column: Number(column) };
  }
  return undefined;
}

/** Where a file has a word in quotes first; the file alone when it puts the word together. */
export function placeInText(file: string, text: string, word: string): Partial<At> {
  const lines = text.split("\n");
  const line = lines.findIndex((each) => each.includes(`"${word}"`) || each.includes(`'${word}'`));
  if (line === -1) return { file };
  return { file, line: line + 1, column: lines[line]?.indexOf(word) ?? 1 };
}

function pathOf(url: string): string {
  if (!url.startsWith("file:")) return url;
  try {
    return fileURLToPath(url);
  } catch {
    return url;
  }
}
