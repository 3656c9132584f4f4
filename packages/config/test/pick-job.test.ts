import { existsSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { pickJob } from "../src/pick-job.ts";

const KEYS = ["west/www/prod/web", "east/www/prod/web", "west/www/devel/web", "west/ads/prod/count"];

function pick(wanted: string | undefined, keys: readonly string[] = KEYS) {
  return pickJob(
    keys.map((key) => ({ key })),
    wanted,
  );
}

test.for([
  ["west/www/prod/web", "west/www/prod/web"],
  ["east/www/prod/web", "east/www/prod/web"],
  ["www/devel/web", "west/www/devel/web"],
  ["ads/prod/count", "west/ads/prod/count"],
  ["count", "west/ads/prod/count"],
] as const)("%s is the one job that it fits", ([wanted, key]) => {
  expect(pick(wanted)).toEqual({ job: { key } });
});

test("the only job needs no name", () => {
  expect(pick(undefined, ["a/b/prod/c"])).toEqual({ job: { key: "a/b/prod/c" } });
});

test("what could not be filled in is compared as it stands", () => {
  const keys = ["c/{{profile.role}}/prod/web", "c/other/prod/web"];
  expect(pick("{{profile.role}}/prod/web", keys)).toEqual({ job: { key: keys[0] } });
});

test("a key with a slash in one of its parts can still be given as a whole", () => {
  const keys = ["c/a/b/prod/web", "c/r/prod/web"];
  expect(pick("c/a/b/prod/web", keys)).toEqual({ job: { key: keys[0] } });
});

test.for([
  ["no job at all", "web", [], /^No job defined in this config!$/],
  [
    "several jobs and no name",
    undefined,
    KEYS,
    /^Configuration has multiple jobs but no job name specified!\nCandidates are:\n {2}west\/www\/prod\/web\n.*\n.*\n {2}west\/ads\/prod\/count\nGive one of these/,
  ],
  [
    "a name that no job has",
    "nosuch",
    KEYS,
    /^Could not find job \*\/\*\/\*\/nosuch\nCandidates are:\n {2}west\/www\/prod\/web\n/,
  ],
  ["a key that no job has", "www/test/web", KEYS, /^Could not find job \*\/www\/test\/web\nCandidates/],
  ["a whole key that no job has", "east/www/devel/web", KEYS, /^Could not find job east\/www\/devel\/web\n/],
  [
    "a name that several jobs have",
    "web",
    KEYS,
    /^Multiple jobs match, please disambiguate by specifying a job key\.\nCandidates are:\n.*\n.*\n {2}west\/www\/devel\/web$/,
  ],
  ["a key without its cluster that several have", "www/prod/web", KEYS, /^Multiple jobs match/],
  ["a key that two jobs share", "a/b/prod/c", ["a/b/prod/c", "a/b/prod/c"], /\n2 jobs have this key/],
  ["two parts", "prod/web", KEYS, /^"prod\/web" is not a job key: write/],
  ["two parts that one job ends in", "prod/count", KEYS, /is not a job key/],
  ["five parts", "a/b/c/d/e", KEYS, /is not a job key/],
  ["an empty part", "www//web", KEYS, /is not a job key/],
  ["nothing", "", KEYS, /is not a job key/],
] as const)("%s is refused, and the candidates are named", ([, wanted, keys, message]) => {
  expect(pick(wanted, keys)).toEqual({
    problem: expect.objectContaining({ rule: "job", path: "", message: expect.stringMatching(message) }),
  });
});

test.for([
  ["cont", "count"],
  ["ads/prod/cuont", "ads/prod/count"],
  ["west/ads/prod/coun", "west/ads/prod/count"],
] as const)("%s was meant to be %s", ([wanted, suggestion]) => {
  expect(pick(wanted)).toEqual({ problem: expect.objectContaining({ suggestion }) });
});

test("of a thousand jobs the first fifty are named", () => {
  const many = Array.from({ length: 1_000 }, (_, index) => `c/r/prod/job${index}`);
  const picked = pick(undefined, many);
  expect(picked).toEqual({
    problem: expect.objectContaining({ message: expect.stringContaining("… and 950 more") }),
  });
});

const GOLDEN = new URL("../../../../shared/reference/golden/configs-bound.json", import.meta.url);

test.skipIf(!existsSync(GOLDEN))("the texts are those that Aurora's client printed", () => {
  const golden = JSON.parse(readFileSync(GOLDEN, "utf8")) as Record<string, { error?: string }>;
  const errors = Object.entries(golden).flatMap(([name, { error }]) =>
    error === undefined
      ? []
      : [{ wanted: / (\S+) --bind/.exec(name)?.[1], error: error.replace(/^ValueError: /, "") }],
  );
  expect(errors.length).toBeGreaterThan(0);
  const candidates = errors.flatMap(({ error }) =>
    [...error.matchAll(/^ {2}(\S+)$/gm)].map(([, key = ""]) => key),
  );
  for (const { wanted, error } of errors) {
    const picked = pick(wanted === "None" ? undefined : wanted, candidates);
    const message = "problem" in picked ? picked.problem.message : "";
    expect(message.slice(0, error.length)).toBe(error);
  }
});
