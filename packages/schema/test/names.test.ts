import { describe, expect, it } from "vitest";
import { environment, formatInstanceKey, formatJobKey, identifier, parseJobKey } from "../src/index.ts";
import { issuesOf, processes, sampleJob } from "./sample.ts";

describe("an identifier", () => {
  it.each([
    "devel",
    "dev-prod",
    "Dev_prod-",
    "deV.prod",
    ".devprod..",
    "www-data",
    "a.b",
    "a_b",
    "0",
    "...",
    "a".repeat(255),
  ])("may be %j", (text) => {
    expect(identifier.safeParse(text).success).toBe(true);
  });

  it.each([
    "",
    ".",
    "..",
    "dev/prod",
    "dev prod",
    "/dev/prod",
    "///",
    "new\nline",
    "    hello world.",
    "x\n",
    "é",
    "a\0",
  ])("may not be %j", (text) => {
    expect(identifier.safeParse(text).success).toBe(false);
  });

  it("has at most 255 characters", () => {
    expect(identifier.safeParse("a".repeat(256)).error?.issues[0]?.message).toBe(
      "must have at most 255 characters",
    );
  });
});

describe("an environment", () => {
  it.each(["prod", "devel", "test", "staging", "staging1", "staging42"])("may be %s", (text) => {
    expect(environment.safeParse(text).success).toBe(true);
  });

  it.each(["stagingX", "staging-1", "production", "Prod", "PROD", "qa", "", " prod", "prod\n", "prod|devel"])(
    "may not be %j",
    (text) => {
      expect(environment.safeParse(text).success).toBe(false);
    },
  );
});

describe("a process name", () => {
  const accepts = (name: string) => {
    const job = sampleJob({
      job: { name: "job" },
      task: { name: "task", processes: processes({ [name]: {} }) },
    });
    return issuesOf(job).length === 0;
  };

  it.each(["a b", "a:b", "a\nb", "a.b", "$(x)"])("may be %j", (name) => {
    expect(accepts(name)).toBe(true);
  });

  it.each([".hid", "a/b", "", "..", ".", "a\0b"])("may not be %j", (name) => {
    expect(accepts(name)).toBe(false);
  });
});

describe("a job key", () => {
  const hello = { role: "www-data", environment: "prod", name: "hello" };

  it("is read from role/environment/name", () => {
    expect(parseJobKey("www-data/prod/hello")).toEqual({ key: hello });
  });

  it("loses its cluster", () => {
    expect(parseJobKey("cluster1/www-data/prod/hello")).toEqual({ key: hello });
  });

  it("is printed as it is read", () => {
    expect(parseJobKey(formatJobKey(hello))).toEqual({ key: hello });
    expect(formatInstanceKey({ ...hello, instance: 3 })).toBe("www-data/prod/hello/3");
  });

  it.each([
    "",
    "hello",
    "prod/hello",
    "a/b/c/d/e",
    "///",
    "/www-data/prod/hello",
    "a b/prod/hello",
    "a/../b",
    "a/b/.",
  ])("can not be %j, and the sentence says which text was meant", (text) => {
    expect(parseJobKey(text)).toEqual({ problem: expect.stringContaining(`"${text}"`) });
  });

  it("that is wrong names the part that is wrong", () => {
    expect(parseJobKey("www data/prod/hello")).toEqual({
      problem: `role "www data" in job key "www data/prod/hello" may hold only letters, digits, '_', '-' and '.'`,
    });
  });
});
