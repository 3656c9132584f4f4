import fc from "fast-check";
import { expect, test } from "vitest";
import { parseBind } from "../src/parse-bind.ts";

test.for([
  ["role=web", { address: "role", value: "web" }],
  ["profile.instances=3", { address: "profile.instances", value: "3" }],
  ["a[b]=c", { address: "a[b]", value: "c" }],
  ["image[web/server-1.2][latest]=sha", { address: "image[web/server-1.2][latest]", value: "sha" }],
  [".role=web", { address: "role", value: "web" }],
  ["options=-a=1 -b=2", { address: "options", value: "-a=1 -b=2" }],
  ["empty=", { address: "empty", value: "" }],
  ["nested={{role}}", { address: "nested", value: "{{role}}" }],
  ["lines=a\nb", { address: "lines", value: "a\nb" }],
] as const)("%j binds an address, up to the first =", ([text, bind]) => {
  expect(parseBind(text)).toEqual(bind);
});

test.for([
  ["role", "write name=value"],
  ["", "write name=value"],
  ["=3", '"" can not be bound'],
  [" role=3", '" role" can not be bound'],
  ["a-b=3", '"a-b" can not be bound'],
  ["1=3", '"1" can not be bound'],
  ["a[]=3", '"a[]" can not be bound'],
  ["{{role}}=3", '"{{role}}" can not be bound'],
])("%j is no binding, and the sentence says what would be", ([text = "", words]) => {
  expect(parseBind(text)).toEqual({ problem: expect.stringContaining(words ?? "") });
});

test("any text is a binding or a sentence, and a binding's value is all that follows the first =", () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), (name, value) => {
      const parsed = parseBind(`${name}=${value}`);
      if ("value" in parsed) expect(`${name}=${value}`.endsWith(`=${parsed.value}`)).toBe(true);
      else expect(parsed.problem).toMatch(/write/);
    }),
  );
});
