import { closest } from "@borealis/schema";
import { Built, nodesIn } from "../builders/built.ts";
import { Job } from "../builders/objects.ts";
import { BuildError, build } from "../template/build.ts";
import type { StructNode } from "../template/node.ts";
import { sameType } from "../template/type.ts";
import { ScriptFailure } from "./script-error.ts";

const HOW = "end it with export const jobs = [Job({ … })]";

/** The jobs that a module exports: as `jobs` or as its default, a list of them or one. Throws what is wrong with it. */
export function exportedJobs(module: Readonly<Record<string, unknown>>): readonly StructNode[] {
  const [name, exported] = exportOf(module);
  if (Array.isArray(exported)) {
    return exported.map((job: unknown, index) => jobOf(job, [name, index]));
  }
  if (exported instanceof Promise) throw wrong(name, "is a promise: put await before what makes it");
  if (typeof exported === "object" && exported !== null) return [jobOf(exported, [name])];
  throw wrong(name, `must be a list of Job objects: ${HOW}`, exported);
}

/** A module of the older kind has all its exports in its default. */
function exportOf(module: Readonly<Record<string, unknown>>): readonly [name: string, value: unknown] {
  if ("jobs" in module) return ["jobs", module["jobs"]];
  const fallback = module["default"];
  if (typeof fallback === "object" && fallback !== null && "jobs" in fallback) return ["jobs", fallback.jobs];
  const isCommonJs = "module.exports" in module;
  if ("default" in module && !(isCommonJs && Object.keys(fallback ?? {}).length === 0)) {
    return ["default", fallback];
  }
  const suggestion = closest("jobs", Object.keys(module));
  const instead = suggestion === undefined ? "" : `; it exports ${suggestion}`;
  throw new ScriptFailure("job", `exports no jobs${instead}: ${HOW}`);
}

function jobOf(value: unknown, path: readonly (string | number)[]): StructNode {
  try {
    const node = nodesIn(value, [], undefined);
    if (value instanceof Built && !sameType(value.node.type, Job.type)) {
      throw wrong(path, `expects a Job, got a ${value.node.type.name}`, undefined, value.node);
    }
    return build(Job.type, node);
  } catch (error) {
    if (!(error instanceof BuildError) || error.path[0] === path[0]) throw error;
    const { rule, path: within, message, seen, allowed, suggestion, place } = error;
    throw new BuildError({ rule, path: [...path, ...within], message, seen, allowed, suggestion, place });
  }
}

function wrong(
  path: string | readonly (string | number)[],
  message: string,
  seen?: unknown,
  node?: StructNode,
): BuildError {
  const place = node?.place;
  return new BuildError({
    rule: "type",
    path: typeof path === "string" ? [path] : path,
    message,
    seen,
    place,
  });
}
