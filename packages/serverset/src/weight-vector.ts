import type { Member } from "./member.ts";

export const VECTOR_PREFIX = "vector_";

/** Finagle's weights for the members of a set: each selector that matches multiplies. */
export type WeightVector = readonly {
  readonly matches: (member: Member) => boolean;
  readonly weight: number;
}[];

/**
 * Reads `{"vector": [{"select": "inet=host:port" | "member=<name>" | "shard=<n>", "weight": 1.5, "priority": 1}]}` as
 * Finagle does. A weight counts only when it is written as a fraction: `2.0` does, `2` is taken for 1. What can not be
 * read selects nothing. Never throws.
 */
export function parseWeightVector(data: Uint8Array): WeightVector {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder().decode(data), keepFractions);
  } catch {
    return [];
  }
  const descriptors = isObject(value) && Array.isArray(value["vector"]) ? (value["vector"] as unknown[]) : [];
  return descriptors.flatMap((each) => {
    const matches =
      isObject(each) && typeof each["select"] === "string" ? selector(each["select"]) : undefined;
    if (matches === undefined) return [];
    const weight = (each as Record<string, unknown>)["weight"];
    return [{ matches, weight: typeof weight === "number" ? weight : 1 }];
  });
}

/** 1 for a member that nothing selects. */
export function weightOf(member: Member, vectors: Iterable<WeightVector>): number {
  let weight = 1;
  for (const vector of vectors) {
    for (const each of vector) if (each.matches(member)) weight *= each.weight;
  }
  return weight;
}

/** Jackson makes an Integer of `2` and a Double of `2.0` or `2e0`, and Finagle asks for a Double. */
function keepFractions(key: string, value: unknown, context?: { readonly source?: string }): unknown {
  return key === "weight" && typeof value === "number" && !/[.eE]/.test(context?.source ?? "")
    ? undefined
    : value;
}

function selector(text: string): ((member: Member) => boolean) | undefined {
  const [, kind, wanted = ""] = /^([^=]*)=(.*)$/s.exec(text) ?? [];
  if (kind === "member") return ({ name }) => name === wanted;
  if (kind === "shard" && /^[+-]?\d+$/.test(wanted)) {
    const number = Number(wanted);
    return ({ shard }) => shard === number;
  }
  const [, host, port] = kind === "inet" ? (/^([^\s,]+):(\d+)(?:[\s,]|$)/.exec(wanted) ?? []) : [];
  if (host === undefined || port === undefined) return undefined;
  return ({ serviceEndpoint, additionalEndpoints }) =>
    [serviceEndpoint, ...Object.values(additionalEndpoints)].some(
      (endpoint) => endpoint.host === host && endpoint.port === Number(port),
    );
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
