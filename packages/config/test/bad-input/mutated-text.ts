import fc from "fast-check";

/** What stands where a value stood. Each is valid in one of the languages at least. */
const ODD_VALUES = [
  "None",
  "null",
  "{}",
  "[]",
  "[[]]",
  "-1",
  "0",
  "1e308",
  "-1e309",
  `1${"0".repeat(400)}`,
  "NaN",
  "float('nan')",
  "true",
  "''",
  `"${"x".repeat(100_000)}"`,
  '"\u{1f600}\u202e\u0301"',
  '"\\ud800"',
  "'\\x00\\x1b[2J'",
  '"\\u0000"',
  "'{{'",
  "'}}'",
  "'{{{{name}}}}'",
  "'{{a[{{b}}]}}'",
  "'{{&role}}'",
  "'{{name}}{{name}}'",
  "'{{ role }}'",
  "'{{thermos.ports[{{name}}]}}'",
  "'../..'",
  "'__proto__'",
  "{'__proto__': 1}",
  "lambda: 1",
  "() => 1",
  "jobs",
];

const CHARACTERS = [
  "(",
  ")",
  "[",
  "]",
  "{",
  "}",
  "'",
  '"',
  "`",
  "'''",
  ",",
  ":",
  "=",
  "\n",
  "\t",
  "\r",
  "\\",
  "\0",
  "\u001b",
  "\u2028",
  "\ufeff",
  "\ud800",
  "é",
  "\u{1f600}",
  "{{",
  "}}",
];

type Change = (text: string) => string;

const between = fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.nat(60));

/** A part of the text, by how far into it the part begins. */
function span(text: string, [from, length]: readonly [number, number]): readonly [number, number] {
  const start = Math.floor(from * text.length);
  return [start, Math.min(text.length, start + length)];
}

const replaced = (put: (part: string) => string, part: readonly [number, number]): Change => {
  return (text) => {
    const [start, end] = span(text, part);
    return text.slice(0, start) + put(text.slice(start, end)) + text.slice(end);
  };
};

const swapped = (one: readonly [number, number], other: readonly [number, number]): Change => {
  return (text) => {
    const [[a, b], [c, d]] = [span(text, one), span(text, other)].sort(([x], [y]) => x - y) as [
      readonly [number, number],
      readonly [number, number],
    ];
    if (b > c) return text;
    return text.slice(0, a) + text.slice(c, d) + text.slice(b, c) + text.slice(a, b) + text.slice(d);
  };
};

/** The value of an attribute: text, a number or a name behind `=` or `:`. */
const VALUE = /(?<=[=:]\s*)(?:'[^'\n]*'|"[^"\n]*"|-?\d[\d.]*|\w+)/g;

const valueReplaced = (which: number, put: string): Change => {
  return (text) => {
    const values = [...text.matchAll(VALUE)];
    const chosen = values[Math.floor(which * values.length)];
    if (chosen === undefined) return text;
    return text.slice(0, chosen.index) + put + text.slice(chosen.index + chosen[0].length);
  };
};

const part = fc.double({ min: 0, max: 0.999, noNaN: true });

const change: fc.Arbitrary<Change> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.tuple(part, fc.constantFrom(...ODD_VALUES)).map((args) => valueReplaced(...args)),
  },
  { weight: 1, arbitrary: between.map((where) => replaced(() => "", where)) },
  { weight: 1, arbitrary: between.map((where) => replaced((cut) => cut + cut, where)) },
  { weight: 1, arbitrary: fc.tuple(between, between).map(([one, other]) => swapped(one, other)) },
  {
    weight: 1,
    arbitrary: fc
      .tuple(part, fc.constantFrom(...CHARACTERS))
      .map(([from, put]) => replaced(() => put, [from, 0])),
  },
);

/** A text that somebody, or a disk, changed in a few places. */
export function mutated(text: string): fc.Arbitrary<string> {
  return fc
    .array(change, { minLength: 1, maxLength: 4 })
    .map((changes) => changes.reduce((before, apply) => apply(before), text));
}
