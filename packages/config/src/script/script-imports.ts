import { realpathSync } from "node:fs";
import { registerHooks } from "node:module";
import { fileURLToPath } from "node:url";
import { ImportRefused } from "./script-error.ts";
import { beginsWith } from "./within.ts";

const BUILDERS = new URL("../builders/index.ts", import.meta.url).href;

/** Without a prototype, as the configuration may change what others inherit. */
const setOf = (...names: string[]): Readonly<Record<string, true | undefined>> =>
  Object.assign(Object.create(null), Object.fromEntries(names.map((name) => [name, true])));

const OURS = setOf("@borealis/config", "@borealis/config/builders");
/** Of Node, what neither reads nor writes nor reaches anything. */
const HARMLESS = setOf(
  "node:buffer",
  "node:crypto",
  "node:events",
  "node:os",
  "node:path",
  "node:path/posix",
  "node:path/win32",
  "node:querystring",
  "node:string_decoder",
  "node:timers",
  "node:timers/promises",
  "node:url",
  "node:util",
  "node:util/types",
);

/**
 * Lets a configuration import the builders wherever it is, for no package has to be installed beside it, files of the
 * include root, and what is harmless of Node. Node's permissions follow links, so that a link would lead out of the root:
 * what counts is where a file really is. All that we need ourselves has to be loaded before.
 * @returns its own modules, as they are loaded.
 */
export function guardImports(isUserFile: (file: string) => boolean): readonly string[] {
  const loaded: string[] = [];
  const check = (url: string, wanted: string, importer: string | undefined) => {
    if (url === BUILDERS || beginsWith(url, "data:")) return;
    if (beginsWith(url, "node:")) {
      if (HARMLESS[url] !== true) throw new ImportRefused("builtin", wanted, importer);
    } else if (!beginsWith(url, "file:") || !isUserFile(realPath(url))) {
      throw new ImportRefused("outside", wanted, importer);
    }
  };
  registerHooks({
    resolve: (specifier, context, next) => {
      if (OURS[specifier] === true) return { url: BUILDERS, shortCircuit: true };
      const resolved = next(specifier, context);
      check(resolved.url, specifier, context.parentURL);
      return resolved;
    },
    load: (url, context, next) => {
      check(url, url, undefined);
      if (beginsWith(url, "file:") && url !== BUILDERS) loaded[loaded.length] = fileURLToPath(url);
      return next(url, context);
    },
  });
  return loaded;
}

function realPath(url: string): string {
  return realpathSync(fileURLToPath(url));
}
