import { float } from "./float.ts";
import type { RawScalar } from "./node.ts";
import { pythonText } from "./python-text.ts";
import { suggest } from "./suggestion.ts";
import { type EnumType, type ScalarType, typeName } from "./type.ts";

/** Why a value can not be of a type. */
export interface NotCoerced {
  /** Pystachio's. */
  readonly message: string;
  /** What it has to be, for people. */
  readonly words: string;
  readonly allowed?: readonly string[];
  readonly suggestion?: string;
}

/** Makes a value be of its type, where Python would. What it can not make so is left to be refused. */
export function coerce(
  type: ScalarType | EnumType,
  raw: RawScalar,
): { readonly value: RawScalar } | NotCoerced {
  const value = coerced(type, raw);
  if (value !== undefined) return { value };
  const message = `Cannot coerce '${pythonText(raw)}' to ${typeName(type)}`;
  if (type.kind === "Enum") {
    const reason = `${message}: ${pythonText(raw)} is not one of ${type.values.join(", ")}`;
    return { message: reason, words: wantedOf(type), ...suggest(pythonText(raw), type.values) };
  }
  const beyond = type.kind === "Integer" && isBeyond(raw);
  if (!beyond) return { message, words: wantedOf(type) };
  const limits = `±${Number.MAX_SAFE_INTEGER}`;
  return { message: `${message}: it is beyond ${limits}`, words: `${wantedOf(type)} within ${limits}` };
}

/** What is allowed for a value of a type: `must be a whole number (Integer)`. */
function wantedOf(type: ScalarType | EnumType): string {
  return `must be ${type.kind === "Enum" ? `one of ${type.values.join(", ")}` : WANTED[type.kind]} (${typeName(type)})`;
}

const WANTED = {
  String: "text",
  Integer: "a whole number",
  Float: "a number",
  Boolean: "true or false",
} as const;

function coerced(type: ScalarType | EnumType, raw: RawScalar): RawScalar | undefined {
  if (type.kind === "Enum") return typeof raw === "string" && type.values.includes(raw) ? raw : undefined;
  if (raw === null) return undefined;
  switch (type.kind) {
    case "String":
      return pythonText(raw);
    case "Integer":
      return toInteger(raw);
    case "Float":
      return toFloat(raw);
    case "Boolean":
      return toBoolean(raw);
  }
}

type Given = Exclude<RawScalar, null>;

const INTEGER = /^\s*[+-]?\d+\s*$/;
// Each digit can be read in one way only, or a long row of them would take for ever.
const FLOAT = /^\s*[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?\s*$/;

/** Beyond what JavaScript counts exactly, one number would silently become another. */
function toInteger(raw: Given): number | undefined {
  if (typeof raw === "string" && !INTEGER.test(raw)) return undefined;
  const integer = Math.trunc(numberOf(raw));
  // Not -0, which would be shown as such.
  return Number.isSafeInteger(integer) ? integer + 0 : undefined;
}

/** Python's `float("inf")` has no JSON. */
function toFloat(raw: Given): RawScalar | undefined {
  if (typeof raw === "string" && !FLOAT.test(raw)) return undefined;
  const value = numberOf(raw);
  if (!Number.isFinite(value)) return undefined;
  return isRawFloat(raw) ? raw : float(value);
}

function toBoolean(raw: Given): boolean | undefined {
  if (typeof raw !== "string") return numberOf(raw) !== 0;
  const word = raw.toLowerCase();
  if (word === "true" || word === "1") return true;
  return word === "false" || word === "0" ? false : undefined;
}

function numberOf(raw: Given): number {
  return isRawFloat(raw) ? raw.float : Number(raw);
}

function isRawFloat(raw: Given): raw is { readonly float: number } {
  return typeof raw === "object";
}

function isBeyond(raw: RawScalar): boolean {
  if (raw === null || (typeof raw === "string" && !INTEGER.test(raw))) return false;
  return Math.abs(numberOf(raw)) > Number.MAX_SAFE_INTEGER;
}
