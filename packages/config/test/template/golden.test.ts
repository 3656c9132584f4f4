import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { BuildError } from "../../src/template/build.ts";
import { interpolate } from "../../src/template/interpolate.ts";
import { toPlain } from "../../src/template/to-plain.ts";
import { type Construct, constructOf } from "./golden-cases.ts";

interface Case {
  readonly case: string;
  readonly result?: unknown;
  readonly unbound?: readonly string[];
  readonly error?: string;
}

const fixture = new URL("./fixtures/templates-0.8.3.json", import.meta.url);
const { cases } = JSON.parse(readFileSync(fixture, "utf8")) as { cases: readonly Case[] };

/** What our sentence says where Python's words would not help anyone. */
const OUR_WORDS: Readonly<Record<string, string>> = {
  "struct from list": "expected a dictionary of the attributes of P, got ['a']",
  "list from generator": "expects an iterable (a list), got ",
  "list from string": "expects an iterable (a list), got abc",
  "python None bound":
    "a: environment values must be strings, numbers, objects or other environments, not None",
};

describe("what Pystachio made of it", () => {
  it("is known for each of the recorded cases", () => {
    expect(cases).toHaveLength(118);
    expect(cases.filter((recorded) => constructOf(recorded.case) === undefined)).toEqual([]);
  });

  it.each(cases.filter(({ error }) => error === undefined))("$case", (recorded) => {
    const { node, unbound, problems } = interpolate(construct(recorded)());
    expect(problems).toEqual([]);
    expect(toPlain(node)).toEqual(recorded.result);
    const references = new Set(unbound.map(({ reference }) => `{{${reference}}}`));
    if (recorded.unbound !== undefined) expect([...references]).toEqual(recorded.unbound);
  });

  it.each(cases.filter(({ error }) => error !== undefined))("$case → $error", (recorded) => {
    const { error, message } = refusal(construct(recorded));
    const [kind = ""] = /^\w+/.exec(recorded.error ?? "") ?? [];
    expect(message).toContain(OUR_WORDS[recorded.case] ?? factsOf(recorded.error ?? ""));
    // Values that can not be built are refused when they are, not when they are filled in.
    if (error !== undefined) expect(error).toBe(kind);
  });
});

function construct(recorded: Case): Construct {
  const known = constructOf(recorded.case);
  if (known === undefined) throw new TypeError(`nobody knows what to make of ${recorded.case}`);
  return known;
}

function refusal(make: Construct): { readonly error?: string; readonly message: string } {
  try {
    const { problems } = interpolate(make());
    expect(problems).toHaveLength(1);
    const [problem] = problems;
    return { error: problem?.error ?? "", message: problem?.message ?? "" };
  } catch (error) {
    if (error instanceof BuildError) return { message: error.message };
    throw error;
  }
}

/** The part of Python's message that says which value it is about, and what was wanted of it. */
function factsOf(error: string): string {
  const message = error.replace(/^\w+: /, "");
  return message.replace(/^Badly formed address \./, "").replace(/! {2}Maximum replacements reached\.$/, "");
}
