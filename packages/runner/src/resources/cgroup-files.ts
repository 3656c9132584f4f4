import { constants } from "node:fs";
import { readdir, readFile, rmdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { isErrno } from "../errors.ts";

/** One value to a file that is there: some may not be read, none may be made. */
export function writeValue(file: string, value: string): Promise<void> {
  return writeFile(file, value, { flag: constants.O_WRONLY });
}

/** What is in a file, or nothing when it is not there or says nothing. */
export async function readValue(directory: string, file: string): Promise<string | undefined> {
  try {
    return (await readFile(join(directory, file), "utf8")).trim();
  } catch {
    return undefined;
  }
}

/** A file that holds one number. */
export async function readNumber(directory: string, file: string): Promise<number | undefined> {
  const value = await readValue(directory, file);
  return value !== undefined && /^\d+$/.test(value) ? Number(value) : undefined;
}

/** One of the lines `name number`. */
export async function readEntry(directory: string, file: string, name: string): Promise<number | undefined> {
  const line = (await readValue(directory, file))?.split("\n").find((each) => each.startsWith(`${name} `));
  return line === undefined ? undefined : Number(line.slice(name.length + 1));
}

/** A task may make cgroups within its own: what is in those is the task's as well. */
export async function processesIn(directory: string): Promise<readonly number[]> {
  const [procs, below] = await Promise.all([readValue(directory, "cgroup.procs"), cgroupsIn(directory)]);
  const own = procs?.match(/\d+/g)?.map(Number) ?? [];
  const others = await Promise.all(below.map(processesIn));
  return [...own, ...others.flat()];
}

/** With all that is below it. One that is gone is not an error; one that has processes is. */
export async function removeCgroup(directory: string): Promise<void> {
  for (const below of await cgroupsIn(directory)) await removeCgroup(below);
  try {
    await rmdir(directory);
  } catch (error) {
    if (!isErrno(error, "ENOENT")) throw error;
  }
}

async function cgroupsIn(directory: string): Promise<readonly string[]> {
  try {
    const entries = await readdir(directory, { withFileTypes: true });
    return entries.filter((entry) => entry.isDirectory()).map(({ name }) => join(directory, name));
  } catch {
    return [];
  }
}
