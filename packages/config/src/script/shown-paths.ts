import { realpath } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { isWithin } from "./within.ts";

/** Node runs files under their real paths; problems name them as they were asked for. */
export class ShownPaths {
  readonly file: string;
  readonly realFile: string;
  readonly realRoot: string;
  readonly #root: string;

  private constructor(file: string, root: string, realFile: string, realRoot: string) {
    this.file = file;
    this.#root = root;
    this.realFile = realFile;
    this.realRoot = realRoot;
  }

  /** Undefined when the file is not in the include root, which is its own directory unless given. */
  static async of(file: string, includeRoot = dirname(file)): Promise<ShownPaths | undefined> {
    const [realFile, realRoot] = await Promise.all([
      realpath(file),
      realpath(includeRoot).catch(() => undefined),
    ]);
    if (realRoot === undefined || !isWithin(realFile, realRoot)) return undefined;
    return new ShownPaths(file, includeRoot, realFile, realRoot);
  }

  shown(path: string): string {
    if (path === this.realFile) return this.file;
    return isWithin(path, this.realRoot) ? join(this.#root, relative(this.realRoot, path)) : path;
  }
}
