import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { EXECUTOR_ERRORS } from "../src/errors.ts";

test("docs/errors.md has a row for each executor error, with its exit code, and no other", () => {
  const text = readFileSync(join(import.meta.dirname, "../../../docs/errors.md"), "utf8");
  const section = text.slice(text.indexOf("## Executor errors")).split(/\n## /)[0] ?? "";
  const rows = [...section.matchAll(/^\| `([A-Z_]+)` \| (\d+) \|/gm)].map(([, code, exit]) => [
    code,
    Number(exit),
  ]);
  expect(Object.fromEntries(rows)).toEqual(EXECUTOR_ERRORS);
});
