import { readdir, readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import type { Job, Ports } from "@borealis/schema";
import { z } from "zod";
import { ExecutorError } from "./errors.ts";
import type { JobReader } from "./read-job.ts";

const manifestSchema = z.strictObject({
  /** The job's configuration, a path beside the manifest. */
  config: z.string().min(1),
  /** Which job of that file; needed when it holds several. */
  job: z.string().optional(),
  /** What the configuration's templates are bound to, by the address a reference would use. */
  bind: z.record(z.string(), z.string()).default({}),
  instance: z.number().int().min(0).default(0),
  ports: z.record(z.string(), z.number().int().min(1).max(65_535)).default({}),
  /** True: check and announce what something else runs. */
  sidecar: z.boolean().default(false),
});

const KNOWN = Object.keys(manifestSchema.shape).join(", ");

export interface Manifest {
  readonly file: string;
  readonly job: Job;
  readonly instance: number;
  readonly ports: Ports;
  readonly sidecar: boolean;
}

/**
 * Reads every `*.json` of a directory of task manifests, in the order of their names.
 * @throws ExecutorError BAD_CONFIG with all that is wrong in the first file that has a problem.
 */
export async function readManifests(directory: string, reader: JobReader): Promise<Manifest[]> {
  const names = await readdir(directory).catch((error: NodeJS.ErrnoException) => {
    throw new ExecutorError(
      "BAD_CONFIG",
      `can not read the directory ${directory}: ${fileProblem(error)}`,
      error,
    );
  });
  const files = names.filter((name) => name.endsWith(".json")).sort();
  if (files.length === 0) {
    throw new ExecutorError(
      "BAD_CONFIG",
      `${directory} holds no task manifest (*.json), so there is nothing to run`,
    );
  }
  const manifests: Manifest[] = [];
  for (const name of files) manifests.push(await readManifest(join(directory, name), reader));
  return manifests;
}

async function readManifest(file: string, reader: JobReader): Promise<Manifest> {
  const content = parseJson(await readText(file), file);
  if (typeof content === "object" && content !== null && ("task" in content || "jobs" in content)) {
    const message = `${file} is a job's configuration, not a task manifest: keep it elsewhere, and name it as "config" in a manifest`;
    throw new ExecutorError("BAD_CONFIG", message);
  }
  const parsed = manifestSchema.safeParse(content);
  if (!parsed.success) {
    const lines = parsed.error.issues.map(
      ({ path, message }) => `${file}: ${path.join(".") || "manifest"}: ${message} (known: ${KNOWN})`,
    );
    throw new ExecutorError("BAD_CONFIG", lines.join("\n"));
  }
  const { config, job: key, bind, instance, ports, sidecar } = parsed.data;
  const binds = Object.entries(bind).map(([address, value]) => ({ address, value }));
  const job = await reader.read({ file: resolve(file, "..", config), job: key, binds });
  return { file, job, instance, ports, sidecar };
}

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    throw new ExecutorError("BAD_CONFIG", `${file}: ${fileProblem(error as NodeJS.ErrnoException)}`, error);
  }
}

function parseJson(text: string, file: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new ExecutorError("BAD_CONFIG", `${file} is not JSON: ${(error as Error).message}`, error);
  }
}

function fileProblem({ code, message }: NodeJS.ErrnoException): string {
  switch (code) {
    case "ENOENT":
      return "there is no such file or directory";
    case "EISDIR":
      return "it is a directory";
    case "ENOTDIR":
      return "it is not a directory";
    case "EACCES":
      return "no permission to read it";
    default:
      return message;
  }
}
