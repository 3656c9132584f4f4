import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { environmentOf, logsOf } from "../../src/keeper/run-files.ts";
import { temporaryDirectory } from "./task-world.ts";

describe("the files of a run", () => {
  it("are in a directory of its own below the sandbox", () => {
    expect(logsOf("/sandbox", "a", 1)).toBe("/sandbox/.logs/a/1");
  });

  it("set the environment: the profile as soon as there is one, and nothing of the executor's but PATH", () => {
    const sandbox = temporaryDirectory();
    const plain = { HOME: sandbox, USER: "www", LOGNAME: "www", PATH: expect.any(String) };
    expect(environmentOf(sandbox, "www")).toEqual(plain);
    writeFileSync(join(sandbox, ".thermos_profile"), "");
    expect(environmentOf(sandbox, "www")).toEqual({ ...plain, BASH_ENV: join(sandbox, ".thermos_profile") });
  });
});
