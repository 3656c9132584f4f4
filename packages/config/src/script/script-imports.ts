import { registerHooks } from "node:module";
import { fileURLToPath } from "node:url";

const BUILDERS = new URL("../builders/index.ts", import.meta.url).href;
const OURS = new Set(["@borealis/config", "@borealis/config/builders"]);

/**
 * Lets a configuration import the builders wherever it is: no package has to be installed beside it.
 * @returns its own modules, as they are loaded.
 */
export function provideBuilders(isUserFile: (file: string) => boolean): readonly string[] {
  const loaded: string[] = [];
  registerHooks({
    resolve: (specifier, context, next) =>
      OURS.has(specifier) ? { url: BUILDERS, shortCircuit: true } : next(specifier, context),
    load: (url, context, next) => {
      const file = url.startsWith("file:") ? fileURLToPath(url) : url;
      if (isUserFile(file)) loaded.push(file);
      return next(url, context);
    },
  });
  return loaded;
}
