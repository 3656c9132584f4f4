import { expect, test } from "vitest";
import { sarifLog } from "../src/sarif.ts";
import { SARIF_RULES } from "../src/sarif-rules.ts";

const none = { problems: [], warnings: [], notices: [] };

function firstResult(problem: Record<string, unknown>, file = "jobs/web.aurora") {
  const problems = [{ rule: "value", path: "", message: "is wrong", ...problem } as const];
  return sarifLog([{ ...none, file, problems }], "1.2.3").runs[0].results[0];
}

test("a log names the format, the tool and every rule with its help", () => {
  const log = sarifLog([], "1.2.3");
  expect(log).toMatchObject({
    $schema: expect.stringMatching(/sarif.*2\.1\.0.*\.json$/),
    version: "2.1.0",
    runs: [{ tool: { driver: { name: "borealis", semanticVersion: "1.2.3" } }, results: [] }],
  });
  const { rules } = log.runs[0].tool.driver;
  expect(new Set(rules.map(({ id }) => id)).size).toBe(rules.length);
  for (const { id, shortDescription, help } of rules) {
    expect(id).toMatch(/^[a-z-]+$/);
    for (const { text } of [shortDescription, help]) expect(text).toMatch(/^[A-Z].*\.$/);
  }
});

test("problems are errors, warnings warnings and notices notes, each of its rule", () => {
  const each = (rule: "cron" | "ports" | "notice") => [{ rule, path: "", message: "m" }];
  const log = sarifLog(
    [{ file: "a.json", problems: each("cron"), warnings: each("ports"), notices: each("notice") }],
    "1.0.0",
  );
  const { results, tool } = log.runs[0];
  expect(results.map(({ level, ruleId }) => [level, ruleId])).toEqual([
    ["error", "cron"],
    ["warning", "ports"],
    ["note", "notice"],
  ]);
  for (const { ruleId, ruleIndex } of results) expect(tool.driver.rules[ruleIndex]?.id).toBe(ruleId);
  expect(SARIF_RULES[results[0]?.ruleIndex ?? -1]?.id).toBe("cron");
});

test("a place is a region, a path a logical location", () => {
  expect(firstResult({ path: "jobs[0].role", line: 3, column: 7 })?.locations).toEqual([
    {
      physicalLocation: {
        artifactLocation: { uri: "jobs/web.aurora" },
        region: { startLine: 3, startColumn: 7 },
      },
      logicalLocations: [{ fullyQualifiedName: "jobs[0].role", kind: "property" }],
    },
  ]);
});

test("what has no place or path says nothing about them", () => {
  expect(firstResult({})?.locations).toEqual([
    { physicalLocation: { artifactLocation: { uri: "jobs/web.aurora" } } },
  ]);
});

test("the message says what is meant, for viewers show nothing else", () => {
  expect(firstResult({ path: "jobs[0].rol", suggestion: "role" })?.message.text).toBe(
    'jobs[0].rol: is wrong; did you mean "role"?',
  );
});

test.for([
  ["jobs/web.aurora", "jobs/web.aurora"],
  ["./web.json", "web.json"],
  ["../web.json", "../web.json"],
  ["a b/100%.json", "a%20b/100%25.json"],
  ["c:web.json", "c%3Aweb.json"],
  ["größe.json", "gr%C3%B6%C3%9Fe.json"],
  ["/etc/web.json", "file:///etc/web.json"],
  ["/a b/#.json", "file:///a%20b/%23.json"],
])("%s is the URI %s", ([file = "", uri = ""]) => {
  const artifact = firstResult({}, file)?.locations[0].physicalLocation.artifactLocation;
  expect(artifact?.uri).toBe(uri);
  expect(new URL(uri, "file:///root/").protocol).toBe("file:");
});

test("a problem of an included file is there", () => {
  const result = firstResult({ file: "common/base.aurora", line: 1, column: 1 });
  expect(result?.locations[0].physicalLocation.artifactLocation.uri).toBe("common/base.aurora");
});
