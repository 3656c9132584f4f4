import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { DIFFERENCES } from "./differences.ts";

const DOCUMENT = readFileSync(join(import.meta.dirname, "../../../../docs/configuration.md"), "utf8");

test("docs/configuration.md has every difference that these tests know, with what we do and why", () => {
  const table = DOCUMENT.split("\n## Where we differ\n")[1] ?? "";
  const rows = [...table.matchAll(/^\| (.+?) \| (.+?) \| (.*?) \|$/gm)].map(([, aurora]) => aurora);
  for (const difference of Object.values(DIFFERENCES)) expect(rows).toContain(difference);
});
