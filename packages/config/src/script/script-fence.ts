import { realpathSync } from "node:fs";
import module from "node:module";
import { ScriptFailure } from "./script-error.ts";

/** Of `process`: what gives modules past the imports, or reads a file by any name. */
const REFUSED = ["getBuiltinModule", "binding", "loadEnvFile", "setSourceMapsEnabled"];

/** Of Node's loader: what it calls itself, all of which asks the guarded imports before it gives anything. */
const NEEDED = [
  "Module",
  "_findPath",
  "_load",
  "_nodeModulePaths",
  "_resolveFilename",
  "_resolveLookupPaths",
  "_stat",
  "createRequire",
  "stripTypeScriptTypes",
  "wrap",
];

/**
 * Takes from a configuration the ways to files that are no imports. What a module of the older kind can reach of Node's
 * loader gives it any file that Node's permissions allow, links followed.
 */
export function fenceOffFiles(isUserFile: (file: string) => boolean): void {
  refuse(process, REFUSED);
  guardExtensions(isUserFile);
  // Anyone with a `module` has its class, `module.constructor`, and Node lets nobody take that away.
  // What can not be changed is refused already.
  const offered = Object.entries(Object.getOwnPropertyDescriptors(module));
  refuse(
    module,
    offered
      .filter(
        ([name, { value, configurable }]) =>
          typeof value === "function" && configurable === true && !NEEDED.includes(name),
      )
      .map(([name]) => name),
  );
}

function refuse(owner: object, names: readonly string[]): void {
  for (const name of names) {
    const value = () => {
      throw new ScriptFailure("load", `may not call ${name}: a configuration only says what is to run`);
    };
    Object.defineProperty(owner, name, { value, configurable: false, writable: false });
  }
}

/** Each reads a file by its name, for whoever calls it. */
function guardExtensions(isUserFile: (file: string) => boolean): void {
  type Extension = (module: unknown, file: string) => unknown;
  const extensions = Reflect.get(module, "_extensions") as Record<string, Extension>;
  for (const [ending, load] of Object.entries(extensions)) {
    extensions[ending] = (target, file) => {
      const real = realpathSync(file);
      if (!isUserFile(real)) {
        throw new ScriptFailure("load", `may not read ${file}: it is outside of the include root`);
      }
      return load(target, real);
    };
  }
  Object.freeze(extensions);
}
