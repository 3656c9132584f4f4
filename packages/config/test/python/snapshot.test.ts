import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { loadAurora } from "../../src/python/aurora-loader.ts";
import { unsealSnapshot } from "../../src/python/snapshot-seal.ts";

let directory: string;
let cache: string;
const before = process.env["XDG_CACHE_HOME"];

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), "borealis-snapshot-"));
  cache = join(directory, "cache", "borealis");
  process.env["XDG_CACHE_HOME"] = join(directory, "cache");
  writeFileSync(join(directory, "a.aurora"), "jobs = [Job(name='x')]");
  await loads();
});

afterAll(() => {
  if (before === undefined) delete process.env["XDG_CACHE_HOME"];
  else process.env["XDG_CACHE_HOME"] = before;
  rmSync(directory, { recursive: true, force: true });
});

async function loads() {
  expect(await loadAurora(join(directory, "a.aurora"), {})).toMatchObject({
    jobs: [{ kind: "struct" }],
    notices: [],
  });
}

function theOne(): string {
  const names = readdirSync(cache);
  expect(names).toEqual([expect.stringMatching(/^python-[0-9a-f]{32}\.snapshot$/)]);
  return join(cache, names[0] ?? "");
}

/** Whether it is what was once written. */
function isWhole(path: string): boolean {
  return unsealSnapshot(readFileSync(path)) !== undefined;
}

test("the first load leaves one private file, that the next one uses as it is", async () => {
  const { mtimeMs, ino, mode } = statSync(theOne());
  expect(mode & 0o777).toBe(0o600);
  expect(statSync(cache).mode & 0o777).toBe(0o700);
  await loads();
  expect(statSync(theOne())).toMatchObject({ mtimeMs, ino });
});

test.each<[string, (path: string) => void]>([
  ["is cut short", (path) => truncateSync(path, 1_000_000)],
  [
    "has a bit turned",
    (path) => {
      const bytes = readFileSync(path);
      bytes.writeUInt8(bytes.readUInt8(20_000_000) ^ 1, 20_000_000);
      writeFileSync(path, bytes);
    },
  ],
  ["can be written by others", (path) => chmodSync(path, 0o666)],
])("a snapshot that %s is not used, and made anew", async (_, spoil) => {
  const path = theOne();
  const { size } = statSync(path);
  spoil(path);
  await loads();
  expect(statSync(theOne())).toMatchObject({ size });
  expect(isWhole(theOne())).toBe(true);
  expect(statSync(theOne()).mode & 0o777).toBe(0o600);
});

test("several may make one at once, and what is long out of use goes", async () => {
  rmSync(theOne());
  const [outdated, recent] = ["python-old-0.snapshot", "python-other-0.snapshot"].map((name) =>
    join(cache, name),
  );
  for (const path of [outdated, recent]) writeFileSync(path as string, "of another version");
  utimesSync(outdated as string, new Date("2020-01-01"), new Date("2020-01-01"));
  await Promise.all([loads(), loads()]);
  expect(existsSync(outdated as string)).toBe(false);
  rmSync(recent as string);
  theOne();
  await loads();
});

test("a configuration loads where nothing can be kept", async () => {
  const path = join(directory, "no-directory");
  writeFileSync(path, "");
  process.env["XDG_CACHE_HOME"] = path;
  await loads();
});
