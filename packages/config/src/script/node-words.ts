import { existsSync, readdirSync, realpathSync } from "node:fs";
import { basename, dirname, isAbsolute, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { closest } from "@borealis/schema";

interface Said {
  readonly rule: "syntax" | "load";
  readonly message: string;
  readonly suggestion?: string;
}

type IsUserFile = (file: string) => boolean;

/** What Node says by a code, and what it means for who wrote the configuration. */
export const NODE_WORDS: Readonly<Record<string, (error: Error, isUserFile: IsUserFile) => Said>> = {
  ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX: ({ message }) => ({ rule: "syntax", message: inPlain(message) }),
  ERR_INVALID_TYPESCRIPT_SYNTAX: ({ message }) => ({ rule: "syntax", message }),
  ERR_MODULE_NOT_FOUND: missingModule,
  ERR_IMPORT_ATTRIBUTE_MISSING: ({ message }) => ({
    rule: "load",
    message: `${moduleIn(message)} is JSON: write import … with { type: "json" }`,
  }),
  ERR_ACCESS_DENIED: (error) => ({ rule: "load", message: denied(error) }),
};

/** TypeScript that more than types has to be taken out of, and what to write in its place. */
const UNSUPPORTED: readonly (readonly [RegExp, string])[] = [
  [/enum/, 'enum is not supported: write const Colour = { Red: "Red" } as const'],
  [
    /parameter propert/,
    "a parameter property is not supported: declare the field and assign it in the constructor",
  ],
  [/namespace|module/, "a namespace is not supported: export from a file of its own"],
  [/import.*=|ImportEquals|import equals/i, "import … = is not supported: write import … from"],
  [/export.*=|export assignment/i, "export = is not supported: write export const jobs = […]"],
  [/angle-bracket/, "<Type>value is not supported: write value as Type"],
];

function inPlain(message: string): string {
  return UNSUPPORTED.find(([pattern]) => pattern.test(message))?.[1] ?? message;
}

function moduleIn(message: string): string {
  const quoted = /["']([^"']+)["']/.exec(message)?.[1] ?? "a module";
  return quoted.startsWith("file:") ? fileURLToPath(quoted) : quoted;
}

/** Node wants the ending too, and people forget it. */
function missingModule({ message }: Error, isUserFile: IsUserFile): Said {
  const wanted = moduleIn(message);
  if (!isAbsolute(wanted)) {
    return {
      rule: "load",
      message: `imports ${wanted}, which is no file: only files beside it and @borealis/config/builders can be imported`,
    };
  }
  const said = { rule: "load", message: `imports ${wanted}, which does not exist` } as const;
  const suggestion = neighbourOf(wanted, isUserFile);
  return suggestion === undefined ? said : { ...said, suggestion };
}

function neighbourOf(file: string, isUserFile: IsUserFile): string | undefined {
  try {
    // A link may lead to a directory whose names are none of its business.
    if (!isUserFile(join(realpathSync(dirname(file)), basename(file)))) return undefined;
    const withEnding = [".ts", ".mts", ".js", ".mjs", ".json"].find((ending) =>
      existsSync(`${file}${ending}`),
    );
    if (withEnding !== undefined) return `${file}${withEnding}`;
    const name = closest(basename(file), readdirSync(dirname(file)));
    return name === undefined ? undefined : join(dirname(file), name);
  } catch {
    return undefined;
  }
}

function denied(error: Error): string {
  const { permission, resource } = error as { permission?: string; resource?: string };
  switch (permission ?? "FileSystemRead") {
    case "FileSystemRead":
      return `may not read ${resource === undefined ? "that" : resolve(resource)}: only files in the include root and below`;
    case "FileSystemWrite":
      return `may not write ${resource ?? "files"}: a configuration only says what is to run`;
    case "ChildProcess":
      return "may not start processes: a configuration only says what is to run";
    default:
      return `may not use ${permission}: a configuration only says what is to run`;
  }
}
