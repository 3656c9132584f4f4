import { isAbsolute } from "node:path";
import { pathToFileURL } from "node:url";
import type { Problem } from "@borealis/schema";
import { SARIF_RULES } from "./sarif-rules.ts";

export interface CheckedFile {
  readonly file: string;
  readonly problems: readonly Problem[];
  readonly warnings: readonly Problem[];
  readonly notices: readonly Problem[];
}

/** The parts of SARIF 2.1.0 that are used here. */
export interface SarifLog {
  readonly $schema: string;
  readonly version: "2.1.0";
  readonly runs: readonly [SarifRun];
}

interface SarifRun {
  readonly tool: { readonly driver: SarifDriver };
  readonly invocations: readonly [{ readonly executionSuccessful: boolean }];
  readonly columnKind: "utf16CodeUnits";
  readonly results: readonly SarifResult[];
}

interface SarifDriver {
  readonly name: string;
  readonly version: string;
  readonly semanticVersion: string;
  readonly rules: readonly SarifRule[];
}

interface SarifRule {
  readonly id: string;
  readonly shortDescription: SarifText;
  readonly help: SarifText;
}

interface SarifText {
  readonly text: string;
}

type SarifLevel = "error" | "warning" | "note";

interface SarifResult {
  readonly ruleId: string;
  readonly ruleIndex: number;
  readonly level: SarifLevel;
  readonly message: SarifText;
  readonly locations: readonly [SarifLocation];
}

interface SarifLocation {
  readonly physicalLocation: {
    readonly artifactLocation: { readonly uri: string };
    readonly region?: { readonly startLine: number; readonly startColumn?: number };
  };
  readonly logicalLocations?: readonly [{ readonly fullyQualifiedName: string; readonly kind: "property" }];
}

/** The findings of a validation in the format that code scanners and editors exchange. */
export function sarifLog(files: readonly CheckedFile[], version: string): SarifLog {
  return {
    $schema: "https://json.schemastore.org/sarif-2.1.0.json",
    version: "2.1.0",
    runs: [
      {
        tool: {
          driver: {
            name: "borealis",
            version,
            semanticVersion: version,
            rules: SARIF_RULES.map(({ id, short, help }) => ({
              id,
              shortDescription: { text: short },
              help: { text: help },
            })),
          },
        },
        invocations: [{ executionSuccessful: true }],
        columnKind: "utf16CodeUnits",
        results: files.flatMap(({ file, problems, warnings, notices }) => [
          ...problems.map((problem) => resultOf(problem, file, "error")),
          ...warnings.map((problem) => resultOf(problem, file, "warning")),
          ...notices.map((problem) => resultOf(problem, file, "note")),
        ]),
      },
    ],
  };
}

function resultOf(problem: Problem, file: string, level: SarifLevel): SarifResult {
  return {
    ruleId: problem.rule,
    ruleIndex: SARIF_RULES.findIndex(({ id }) => id === problem.rule),
    level,
    message: { text: messageOf(problem) },
    locations: [locationOf(problem, file)],
  };
}

/** Viewers show nothing but this: what was found there and what was meant belong into it. */
function messageOf({ path, message, suggestion }: Problem): string {
  const what = path === "" ? message : `${path}: ${message}`;
  return suggestion === undefined ? what : `${what}; did you mean "${suggestion}"?`;
}

function locationOf(problem: Problem, file: string): SarifLocation {
  const { line, column, path } = problem;
  return {
    physicalLocation: {
      artifactLocation: { uri: uriOf(problem.file ?? file) },
      ...(line === undefined
        ? {}
        : { region: { startLine: line, ...(column === undefined ? {} : { startColumn: column }) } }),
    },
    ...(path === "" ? {} : { logicalLocations: [{ fullyQualifiedName: path, kind: "property" }] }),
  };
}

/** Relative paths stay so: a viewer finds them in its own checkout. A colon in the first part would look like a scheme. */
function uriOf(file: string): string {
  if (isAbsolute(file)) return pathToFileURL(file).href;
  const relative = file.split("/").map(encodeURIComponent).join("/");
  return relative.replace(/^\.\//, "");
}
