import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { RUNNER_ERRORS } from "../src/index.ts";

test("docs/errors.md has a row for each runner error, with its exit code, and no other", () => {
  const text = readFileSync(join(import.meta.dirname, "../../../docs/errors.md"), "utf8");
  const section = text.slice(text.indexOf("## Runner errors")).split(/\n## /)[0] ?? "";
  const rows = [...section.matchAll(/^\| `([A-Z_]+)` \| (\d+) \|/gm)].map(([, code, exit]) => [
    code,
    Number(exit),
  ]);
  expect(Object.fromEntries(rows)).toEqual(RUNNER_ERRORS);
});
