import { readdirSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { finished } from "./borealis.ts";

const EXAMPLES = join(import.meta.dirname, "../../../examples");
const files = readdirSync(EXAMPLES).map((name) => join(EXAMPLES, name));

test("every example is flawless", async () => {
  const { code, stdout } = await finished(["config", "validate", "--strict", ...files]);
  expect([stdout, code]).toEqual(["", 0]);
});

test.for(["hello.ts", "hello.json"])("hello.aurora and %s mean the same", async (name) => {
  const { code, stdout } = await finished([
    "config",
    "diff",
    join(EXAMPLES, "hello.aurora"),
    join(EXAMPLES, name),
  ]);
  expect([stdout, code]).toEqual(["", 0]);
});
