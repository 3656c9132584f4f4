import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const OWN_FOLDER = fileURLToPath(new URL("../..", import.meta.url));
/** The only package that the builders are made with. */
const USED = "@borealis/schema";

/**
 * What the process that runs a configuration has to read of ours: this package, what it uses, and the places where Node
 * looks for these, for a place that it may not look at is an error, even where nothing is.
 */
export async function ourModules(): Promise<readonly string[]> {
  return [OWN_FOLDER, ...placesFor(USED, OWN_FOLDER), ...(await withDependencies(USED, OWN_FOLDER))];
}

async function withDependencies(name: string, importer: string): Promise<readonly string[]> {
  const folder = await packageFolder(createRequire(join(importer, "package.json")).resolve(name));
  const { dependencies = {} } = await manifestIn(folder);
  const used = Object.keys(dependencies);
  const deeper = await Promise.all(used.map((dependency) => withDependencies(dependency, folder)));
  return [folder, ...used.flatMap((dependency) => placesFor(dependency, folder)), ...deeper.flat()];
}

function placesFor(name: string, importer: string): readonly string[] {
  return ancestors(importer).map((folder) => join(folder, "node_modules", name));
}

/** The folder and all that hold it. */
function ancestors(folder: string): readonly string[] {
  const parent = dirname(folder);
  return parent === folder ? [folder] : [folder, ...ancestors(parent)];
}

async function packageFolder(file: string): Promise<string> {
  for (const folder of ancestors(dirname(file))) {
    if ((await manifestIn(folder)).name !== undefined) return folder;
  }
  return dirname(file);
}

async function manifestIn(folder: string): Promise<{ name?: string; dependencies?: Record<string, string> }> {
  try {
    return JSON.parse(await readFile(join(folder, "package.json"), "utf8"));
  } catch {
    return {};
  }
}
