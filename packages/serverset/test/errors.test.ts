import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { fromZooKeeperCode } from "../src/errors.ts";
import { SERVERSET_ERROR_CODES } from "../src/index.ts";

const page = readFileSync(new URL("../../../docs/errors.md", import.meta.url), "utf8");
const section = page.split(/^## /m).find((part) => part.startsWith("ServerSet errors\n")) ?? "";
const rows = [...section.matchAll(/^\| `(\w+)` \|(.*)\|$/gm)].map(([, code, rest = ""]) => ({
  code,
  cells: rest.split(" | "),
}));

describe("docs/errors.md", () => {
  it("has a row for each code, in the order of the code, and none for others", () => {
    expect(rows.map(({ code }) => code)).toEqual([...SERVERSET_ERROR_CODES]);
  });

  it("says of each what happened, why and what to do", () => {
    for (const { code, cells } of rows) {
      expect(cells, code).toHaveLength(3);
      for (const cell of cells) expect(cell.trim().length, code).toBeGreaterThan(10);
    }
  });
});

describe("an error number of ZooKeeper", () => {
  it.each([
    [-4, "CONNECTION_LOSS", true],
    [-6, "UNSUPPORTED", false],
    [-7, "CONNECTION_LOSS", true],
    [-101, "NO_NODE", false],
    [-102, "NO_AUTH", false],
    [-110, "NODE_EXISTS", false],
    [-111, "NOT_EMPTY", false],
    [-112, "SESSION_EXPIRED", true],
    [-118, "CONNECTION_LOSS", true],
    [-125, "ZOOKEEPER", false],
    [-127, "LIMIT", true],
  ])("%i is %s, and whether it may be tried again: %s", (zkCode, code, retryable) => {
    expect(fromZooKeeperCode(zkCode, "create", "/a")).toMatchObject({ code, retryable, zkCode, path: "/a" });
  });
});
