import { execFileSync } from "node:child_process";
import { linkSync, lstatSync, mkdirSync, rmSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { diskUse } from "../../src/state/disk-use.ts";
import { newState } from "./state-world.ts";

const MEGABYTE = 1024 ** 2;
const blocksOf = (path: string) => lstatSync(path).blocks * 512;

it("counts blocks, a file of two names once, and nothing behind a link", async () => {
  const elsewhere = newState();
  writeFileSync(join(elsewhere, "large"), Buffer.alloc(4 * MEGABYTE, 1));
  const directory = newState();
  mkdirSync(join(directory, "-x\n"));
  writeFileSync(join(directory, "-x\n", "file"), Buffer.alloc(MEGABYTE, 1));
  linkSync(join(directory, "-x\n", "file"), join(directory, "again"));
  symlinkSync(elsewhere, join(directory, "link"));
  symlinkSync(join(elsewhere, "large"), join(directory, "link-to-file"));
  writeFileSync(join(directory, "sparse"), "");
  truncateSync(join(directory, "sparse"), 1024 * MEGABYTE);
  const all = ["", "-x\n", "again", "link", "link-to-file", "sparse"].map((name) =>
    blocksOf(join(directory, name)),
  );
  expect(await diskUse(directory)).toBe(all.reduce((sum, bytes) => sum + bytes, 0));
  expect(await diskUse(join(directory, "link"))).toBe(blocksOf(join(directory, "link")));
});

it("finds nothing where nothing is", async () => {
  expect(await diskUse(join(newState(), "gone"))).toBe(0);
});

it("looks into what is deeper than a path can say", async () => {
  const directory = newState();
  makeDeep(directory);
  expect(await diskUse(directory)).toBeGreaterThan(MEGABYTE);
  execFileSync("rm", ["-rf", directory]);
});

it("bears with what vanishes while it looks", async () => {
  const directory = newState();
  for (let turn = 0; turn < 3; turn++) {
    for (let file = 0; file < 200; file++) {
      mkdirSync(join(directory, `d${file}`), { recursive: true });
      writeFileSync(join(directory, `d${file}`, "f"), "x");
    }
    const looking = diskUse(directory);
    for (let file = 0; file < 200; file++) rmSync(join(directory, `d${file}`), { recursive: true });
    expect(await looking).toBeGreaterThan(0);
  }
});

it("stops looking when it is told to", async () => {
  const cancel = new AbortController();
  const looking = diskUse("/usr", cancel.signal);
  cancel.abort(new Error("enough"));
  await expect(looking).rejects.toThrow("enough");
  await expect(diskUse("/usr", cancel.signal)).rejects.toThrow("enough");
});

function makeDeep(directory: string): void {
  const script = `cd "$1"; n=$(printf 'a%.0s' $(seq 200)); for i in $(seq 60); do mkdir $n && cd $n; done; head -c 1048576 /dev/zero >f`;
  execFileSync("bash", ["-c", script, "bash", directory]);
}
