import { expect, test } from "vitest";
import { pathProblem } from "../src/zookeeper/znode-path.ts";

test.for(["/", "/a", "/a/b.c/..d", "/ä ö", "/aurora/www-data/prod/member_"])("%s is a path", (path) => {
  expect(pathProblem(path)).toBeUndefined();
});

test.for([
  ["", "begin with /"],
  ["a/b", "begin with /"],
  ["/a/", "ends with /"],
  ["/a//b", "empty"],
  ["/a/./b", "not resolved"],
  ["/..", "not resolved"],
  ["/a\u0000", "character"],
  ["/a\n", "character"],
  ["/\ud800", "character"],
  ["/\uffff", "character"],
] as const)("%j is none, and the reason is named", ([path, words]) => {
  expect(pathProblem(path)).toMatchObject({ code: "INVALID_PATH", retryable: false, path });
  expect(pathProblem(path)?.message).toContain(words);
});
