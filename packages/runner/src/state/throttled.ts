import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { isErrno } from "../errors.ts";

const schema = z.object({ instance: z.string(), until: z.number(), restarts: z.number(), pid: z.number() });

/** An instance between two tasks. */
export type Throttled = z.output<typeof schema>;

/**
 * Says that an instance waits for its next task: there is no task's directory to find it by. Whoever takes the file
 * away ends the waiting, and the instance.
 * @throws an error of the system
 */
export function markThrottled(stateDirectory: string, throttled: Throttled): void {
  mkdirSync(directoryOf(stateDirectory), { recursive: true, mode: 0o700 });
  writeFileSync(pathOf(stateDirectory, throttled.instance), JSON.stringify(throttled), { mode: 0o600 });
}

export function isMarkedThrottled(stateDirectory: string, instance: string): boolean {
  return existsSync(pathOf(stateDirectory, instance));
}

/** @throws an error of the system, but not when it is gone already */
export function unmarkThrottled(stateDirectory: string, instance: string): void {
  rmSync(pathOf(stateDirectory, instance), { force: true });
}

/** Those whose executors live. @throws an error of the system */
export function listThrottled(stateDirectory: string): readonly Throttled[] {
  const directory = directoryOf(stateDirectory);
  return namesIn(directory).flatMap((name) => {
    const throttled = read(join(directory, name));
    return throttled !== undefined && existsSync(`/proc/${throttled.pid}`) ? [throttled] : [];
  });
}

function namesIn(directory: string): readonly string[] {
  try {
    return readdirSync(directory).sort();
  } catch (error) {
    if (isErrno(error, "ENOENT")) return [];
    throw error;
  }
}

function read(file: string): Throttled | undefined {
  try {
    return schema.safeParse(JSON.parse(readFileSync(file, "utf8"))).data;
  } catch {
    // Gone since, or half written: the next look finds out.
    return undefined;
  }
}

function directoryOf(stateDirectory: string): string {
  return join(stateDirectory, "tasks", "throttled");
}

/** No part of an instance's name can hold a "~". */
function pathOf(stateDirectory: string, instance: string): string {
  return join(directoryOf(stateDirectory), instance.replaceAll("/", "~"));
}
