import { closest, type Problem } from "@borealis/schema";
import { isLate, isMisspeltPort } from "./late-references.ts";
import { childOf, type Path, type Placing } from "./placing.ts";
import type { UnboundReference } from "./template/interpolate.ts";
import type { Node } from "./template/node.ts";

const LATE_SPELLINGS = ["mesos.instance", "mesos.hostname", "thermos.task_id"];

/**
 * Each reference that neither the configuration nor, later, the host can fill in. Those of defaults, such as a job's name
 * that refers to its task's, are left out: when they lead nowhere what they refer to is missing, and that is told.
 */
export function unboundProblems(
  unbound: readonly UnboundReference[],
  tree: Node,
  placing: Placing,
): Problem[] {
  const strangers = unbound.filter(({ reference, path }) => !isLate(reference) && !isDefault(tree, path));
  if (strangers.length === 0) return [];
  const names = [...LATE_SPELLINGS, ...(tree.kind === "struct" ? tree.type.fields.keys() : [])];
  return strangers.map(({ reference, path, place }) => {
    const suggestion = isMisspeltPort(reference) ? portSpelling(reference) : closest(reference, names);
    return placing.problem({
      rule: "unbound",
      path,
      place,
      message: `{{${reference}}} is bound to nothing: bind it in the file or give it with --bind ${reference}=…`,
      ...(suggestion === undefined ? {} : { suggestion: `{{${suggestion}}}` }),
    });
  });
}

function isDefault(tree: Node, path: Path): boolean {
  const holder = path
    .slice(0, -1)
    .reduce<Node | undefined>((node, step) => node && childOf(node, step), tree);
  return holder?.kind === "struct" && holder.defaulted.has(String(path.at(-1)));
}

function portSpelling(reference: string): string {
  return `thermos.ports[${reference.split(".")[2]?.replace(/\[.*/, "") ?? "http"}]`;
}
