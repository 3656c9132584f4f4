import type { Bind } from "./api.ts";
import { bind } from "./template/build.ts";
import { environment } from "./template/environment.ts";
import { interpolate, type TemplateProblem, type UnboundReference } from "./template/interpolate.ts";
import type { StructNode } from "./template/node.ts";

type FillProblem = Omit<TemplateProblem, "words">;

export interface Filled {
  readonly tree: StructNode;
  readonly unbound: readonly UnboundReference[];
  readonly problems: readonly FillProblem[];
}

/** Older spellings that Aurora's client kept alive, and that only it could fill in. */
const STANDARD_BINDINGS = environment({
  "mesos.role": "{{role}}",
  "mesos.cluster": "{{cluster}}",
  "thermos.user": "{{role}}",
});

/**
 * Fills in the templates of a job as Aurora's client did: the bindings of the file, then those given from outside, then
 * the standard ones, each laid over the one before. Twice: what an escape (`{{&name}}`) left behind is filled in the
 * second time, so escapes do not survive, in Aurora either.
 */
export function fillJob(job: StructNode, binds: readonly Bind[]): Filled {
  return twice(bind(fillBinds(job, binds), STANDARD_BINDINGS));
}

/** A task of a `.thermos` file: there is no job whose role could be the user. */
export function fillTask(task: StructNode, binds: readonly Bind[]): Filled {
  return twice(fillBinds(task, binds));
}

function fillBinds(node: StructNode, binds: readonly Bind[]): StructNode {
  return binds.reduce((bound, { address, value }) => bind(bound, environment({ [address]: value })), node);
}

function twice(node: StructNode): Filled {
  const first = interpolate(node);
  const second = interpolate(first.node);
  const known = new Set(first.problems.map(({ path, message }) => `${path.join("\0")}\0\0${message}`));
  const fresh = second.problems.filter(({ path, message }) => !known.has(`${path.join("\0")}\0\0${message}`));
  const problems = [...first.problems, ...fresh].map(({ words, ...problem }) => ({
    ...problem,
    message: words,
  }));
  return { tree: second.node, unbound: second.unbound, problems };
}
