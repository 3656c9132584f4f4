import type { ProcessIdentity } from "./keeper.ts";

/** What keepers write into a task's `runs`, and we when a keeper can not any more. */
export type RunLine = { readonly process: string; readonly run: number; readonly at: number } & (
  | {
      readonly type: "kept";
      readonly keeper: ProcessIdentity;
      readonly command: ProcessIdentity;
      readonly bootId: string;
    }
  | { readonly type: "started"; readonly pid: number }
  | { readonly type: "startFailed" | "problem" | "lost"; readonly reason: string }
  /** As wait(2) gives it. */
  | { readonly type: "exited"; readonly status: number }
  | { readonly type: "gone"; readonly leftBehind: readonly number[] }
);

/** `<sum of the bytes behind it> <type> <process> <run> <at> <facts>`; undefined for what nobody wrote like this. */
export function parseLine(line: Buffer): RunLine | undefined {
  const space = line.indexOf(" ");
  const text = line.toString("latin1", space + 1);
  if (space <= 0 || line.toString("latin1", 0, space) !== String(sumOf(text))) return undefined;
  const [type, process = "", run, at, ...facts] = text.split(" ").map(decode);
  const parsed = parseFacts(type, facts);
  return parsed && { process, run: Number(run), at: Number(at), ...parsed };
}

type OfRun = "process" | "run" | "at";
type Facts = RunLine extends infer Line ? (Line extends RunLine ? Omit<Line, OfRun> : never) : never;

function parseFacts(type: string | undefined, facts: readonly string[]): Facts | undefined {
  const [first = "", second = "", third = "", fourth = "", bootId = ""] = facts;
  switch (type) {
    case "kept":
      return {
        type,
        keeper: { pid: Number(first), startTime: second },
        command: { pid: Number(third), startTime: fourth },
        bootId,
      };
    case "started":
      return { type, pid: Number(first) };
    case "exited":
      return { type, status: Number(first) };
    case "gone":
      return { type, leftBehind: facts.map(Number) };
    case "startFailed":
    case "problem":
    case "lost":
      return { type, reason: first };
    default:
      return undefined;
  }
}

/** As keeper.pl does it, for a run whose keeper can not. Begins with a line end: what is torn before it stays apart. */
export function formatLine(
  type: "gone" | "lost" | "startFailed",
  { process, run, at }: Pick<RunLine, OfRun>,
  facts: readonly string[],
): string {
  const text = [type, process, String(run), String(at), ...facts].map(encodeURIComponent).join(" ");
  return `\n${sumOf(text)} ${text}\n`;
}

/** Of bytes: `text` holds nothing else. */
function sumOf(text: string): number {
  let sum = 0;
  for (let index = 0; index < text.length; index++) sum = (sum + text.charCodeAt(index)) >>> 0;
  return sum;
}

function decode(word: string): string {
  return Buffer.from(
    word.replaceAll(/%([0-9A-Fa-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
    "latin1",
  ).toString();
}
