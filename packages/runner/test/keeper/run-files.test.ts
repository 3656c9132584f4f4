import { existsSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { environmentOf, prepareLogs } from "../../src/keeper/run-files.ts";
import { temporaryDirectory } from "./task-world.ts";

describe("the files of a run", () => {
  it("are in a directory of its own, which may be there already", () => {
    const sandbox = temporaryDirectory();
    expect(prepareLogs(sandbox, "a", 1)).toBe(join(sandbox, ".logs/a/1"));
    expect(prepareLogs(sandbox, "a", 1)).toBe(join(sandbox, ".logs/a/1"));
  });

  it.each([".logs", ".logs/a", ".logs/a/1"])("are never made by way of a link: %s", (link) => {
    const [sandbox, elsewhere] = [temporaryDirectory(), temporaryDirectory()];
    mkdirSync(join(sandbox, link, ".."), { recursive: true });
    symlinkSync(elsewhere, join(sandbox, link));
    expect(() => prepareLogs(sandbox, "a", 1)).toThrow("is not a directory of its own");
    expect(existsSync(join(elsewhere, "a"))).toBe(false);
  });

  it("set the environment: the profile as soon as there is one, and nothing of the executor's but PATH", () => {
    const sandbox = temporaryDirectory();
    const plain = { HOME: sandbox, USER: "www", LOGNAME: "www", PATH: expect.any(String) };
    expect(environmentOf(sandbox, "www")).toEqual(plain);
    writeFileSync(join(sandbox, ".thermos_profile"), "");
    expect(environmentOf(sandbox, "www")).toEqual({ ...plain, BASH_ENV: join(sandbox, ".thermos_profile") });
  });
});
