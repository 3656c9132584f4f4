import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { SARIF_RULES } from "../src/sarif-rules.ts";

const DOCUMENT = readFileSync(join(import.meta.dirname, "../../../docs/errors.md"), "utf8");

test("docs/errors.md has every rule with what is wrong and what to do", () => {
  const section = DOCUMENT.split("\n## Problems of a configuration\n")[1] ?? "";
  const rows = [...section.matchAll(/^\| `([\w-]+)` \| (.+?) \| (.+?) \|$/gm)].map(([, id, short, help]) => ({
    id,
    short,
    help,
  }));
  expect(rows).toEqual(SARIF_RULES);
});
