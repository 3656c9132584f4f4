import { execFile, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { ensurePackages } from "./debian.ts";

const run = promisify(execFile);
const HEADER = "/usr/include/zookeeper/zookeeper.h";
const DEADLINE_MS = 120_000;

export interface CReader extends AsyncDisposable {
  readonly name: string;
  /** Milliseconds for list and all reads of the set. */
  read(servers: string, path: string): Promise<number>;
}

/** ZooKeeper's own C client, compiled here; undefined where that can not be. */
export async function findCReader(tell: (text: string) => void): Promise<CReader | undefined> {
  const packages = ["libzookeeper-mt-dev", "gcc", "libc6-dev"];
  if (!(await ensurePackages(packages, hasCompiler, tell))) return undefined;
  const directory = await mkdtemp(join(tmpdir(), "borealis-bench-c-"));
  const remove = () => rm(directory, { recursive: true, force: true });
  const program = join(directory, "reader");
  const source = join(import.meta.dirname, "peers/reader.c");
  try {
    await run("gcc", ["-O2", "-DTHREADED", "-o", program, source, "-lzookeeper_mt", "-lpthread"]);
  } catch (error) {
    tell(`the C client does not compile: ${(error as Error).message}`);
    await remove();
    return undefined;
  }
  return {
    name: "C libzookeeper_mt",
    read: async (servers, path) => {
      const { stdout } = await run(program, [servers, path], { timeout: DEADLINE_MS });
      return Number(stdout);
    },
    [Symbol.asyncDispose]: remove,
  };
}

function hasCompiler(): boolean {
  return existsSync(HEADER) && spawnSync("gcc", ["--version"], { stdio: "ignore" }).status === 0;
}
