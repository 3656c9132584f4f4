import { isFloat } from "./float.ts";
import { isNode } from "./node.ts";
import { typeName } from "./type.ts";

const DEEPEST_SHOWN = 4;
const MOST_SHOWN = 10;

/** What Python's `str` makes of a plain value. Templates splice it, and messages show it. */
export function pythonText(value: unknown): string {
  return typeof value === "string" ? value : pythonRepr(value, 0);
}

function pythonRepr(value: unknown, depth: number): string {
  if (isFloat(value)) return floatText(value.float);
  if (isNode(value)) return `${typeName(value.type)}(...)`;
  switch (typeof value) {
    case "string":
      return `'${value.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
    case "boolean":
      return value ? "True" : "False";
    case "number":
      return Number.isSafeInteger(value) ? String(value) : floatText(value);
    case "object":
      return containerRepr(value, depth);
    default:
      return value === undefined ? "None" : typeof value;
  }
}

function containerRepr(value: object | null, depth: number): string {
  if (value === null) return "None";
  if (depth === DEEPEST_SHOWN) return "...";
  if (Array.isArray(value)) return `[${someOf(value, (item) => pythonRepr(item, depth + 1))}]`;
  const pair = ([key, item]: [string, unknown]) =>
    `${pythonRepr(key, depth + 1)}: ${pythonRepr(item, depth + 1)}`;
  return `{${someOf(Object.entries(value), pair)}}`;
}

function someOf<T>(items: readonly T[], text: (item: T) => string): string {
  const shown = items.slice(0, MOST_SHOWN).map(text);
  return [...shown, ...(items.length > MOST_SHOWN ? ["..."] : [])].join(", ");
}

/** The shortest digits that read back as the same number, as in JavaScript, but laid out as Python does. */
function floatText(value: number): string {
  if (Number.isNaN(value)) return "nan";
  if (!Number.isFinite(value)) return value > 0 ? "inf" : "-inf";
  if (value === 0) return Object.is(value, -0) ? "-0.0" : "0.0";
  const [digits = "", exponentText = "0"] = value.toExponential().split("e");
  const exponent = Number(exponentText);
  if (exponent < -4 || exponent >= 16) {
    const size = String(Math.abs(exponent)).padStart(2, "0");
    return `${digits}e${exponent < 0 ? "-" : "+"}${size}`;
  }
  const text = String(value);
  return text.includes(".") ? text : `${text}.0`;
}
