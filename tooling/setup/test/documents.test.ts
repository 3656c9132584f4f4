import { existsSync, globSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { expect, test } from "vitest";

const ROOT = resolve(import.meta.dirname, "../../..");
const DOCUMENTS = globSync("{*.md,docs/**/*.md,{apps,packages,tooling}/*/README.md}", { cwd: ROOT }).sort();

test.for(DOCUMENTS)("%s links only to what is there", (document) => {
  const text = readFileSync(join(ROOT, document), "utf8");
  const targets = [...text.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = ""]) => target);
  const missing = targets
    .filter((target) => !/^(https?:|mailto:|#)/.test(target))
    .filter((target) => !existsSync(resolve(ROOT, dirname(document), target.split("#")[0] ?? "")));
  expect(missing).toEqual([]);
});

test("every package and app has a README", () => {
  const folders = globSync("{apps,packages,tooling}/*/package.json", { cwd: ROOT }).map(dirname);
  expect(folders.filter((folder) => !existsSync(join(ROOT, folder, "README.md")))).toEqual([]);
});
