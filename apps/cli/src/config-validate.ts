import { type CheckedFile, type LoadResult, sarifLog } from "@borealis/config";
import type { Problem } from "@borealis/schema";
import { groupAlike } from "./config-alike.ts";
import type { ValidateFlags } from "./config-command.ts";
import { load } from "./config-load.ts";
import { fileOf, problemLine } from "./config-problem.ts";
import { Sources } from "./config-source.ts";
import { EXIT } from "./exit-codes.ts";
import { VERSION } from "./version.ts";

/** What a person may read of one file. */
const MOST_SHOWN = 200;

interface Validated extends CheckedFile {
  readonly jobs: readonly string[];
}

/** Loads every file and tells all that is wrong with all of them. */
export async function validate(files: readonly string[], flags: ValidateFlags): Promise<void> {
  const checked: Validated[] = [];
  const sources = new Sources();
  for (const file of files) {
    const found = validated(file, await load(file, flags));
    checked.push(found);
    if (flags.output === "text") await printText(found, sources);
  }
  if (flags.output === "json") print(JSON.stringify({ files: checked }));
  if (flags.output === "sarif") print(JSON.stringify(sarifLog(checked, VERSION), undefined, 2));
  process.stderr.write(`${summary(checked)}\n`);
  const failing = checked.some(
    ({ problems, warnings }) => problems.length > 0 || (flags.strict && warnings.some(asksForSomething)),
  );
  if (failing) process.exitCode = EXIT.badConfig;
}

/** What is ignored anyway asks for nothing. */
function asksForSomething({ rule }: Problem): boolean {
  return rule !== "notice";
}

function validated(file: string, { config, problems, notices }: LoadResult): Validated {
  const named = (found: readonly Problem[]) =>
    found.map((problem) => ({ ...problem, file: fileOf(problem, file) }));
  if (config === undefined) {
    return { file, jobs: [], problems: named(problems), warnings: [], notices: named(notices) };
  }
  return {
    file,
    jobs: config.jobs.map(({ key }) => key),
    problems: named([...config.jobs, ...config.tasks].flatMap((each) => each.problems)),
    warnings: named(config.jobs.flatMap(({ warnings }) => warnings)),
    notices: named(config.notices),
  };
}

async function printText({ file, problems, warnings, notices }: Validated, sources: Sources): Promise<void> {
  const marked = (found: readonly Problem[], mark: string) =>
    groupAlike(found).map((alike) => ({ ...alike, mark }));
  const all = [...marked(problems, ""), ...marked(warnings, "warning: "), ...marked(notices, "note: ")];
  for (const { problem, more, mark } of all.slice(0, MOST_SHOWN)) {
    const { line, column } = problem;
    const excerpt = line === undefined ? [] : await sources.excerpt(problem.file ?? file, line, column);
    const also = more === 0 ? "" : `; and so in ${count(more, "more job")}`;
    print([`${problemLine(problem, file, mark)}${also}`, ...excerpt].join("\n"));
  }
  if (all.length > MOST_SHOWN)
    print(`${file}: ${all.length - MOST_SHOWN} more are not shown; -o json has them`);
}

function summary(checked: readonly Validated[]): string {
  const total = (of: (file: Validated) => number) => checked.reduce((sum, file) => sum + of(file), 0);
  const warnings = total((file) => file.warnings.length);
  return [
    `${count(checked.length, "file")}, ${count(
      total((file) => file.jobs.length),
      "job",
    )}: `,
    count(
      total((file) => file.problems.length),
      "problem",
    ),
    warnings === 0 ? "" : `, ${count(warnings, "warning")}`,
  ].join("");
}

function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? "" : "s"}`;
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
