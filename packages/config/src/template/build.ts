import { BuildError, type BuildProblem } from "./build-error.ts";
import { Builder, type BuildOptions, fail } from "./builder.ts";
import { environment } from "./environment.ts";
import { type Environment, isNamable, isNode, type Node, type StructNode } from "./node.ts";
import { type StructType, type Type, typeName } from "./type.ts";

export { BuildError, type BuildProblem, type Path } from "./build-error.ts";
export { type BuildOptions, defaultOf, EMPTY } from "./builder.ts";

/**
 * Makes a node of plain data, of nodes, or of plain data that holds nodes. Text with references stays text.
 * Throws BuildError at the first thing that can not be of the type.
 */
export function build(type: StructType, value: unknown, options?: BuildOptions): StructNode;
export function build(type: Type, value: unknown, options?: BuildOptions): Node;
export function build(type: Type, value: unknown, options: BuildOptions = {}): Node {
  return new Builder(fail, options).build(type, value, []);
}

/** As `build`, but goes on: every reason is told, and an empty value stands for what can not be of its type. */
export function buildAll(
  type: Type,
  value: unknown,
  options: BuildOptions = {},
): { readonly node: Node; readonly problems: readonly BuildProblem[] } {
  const problems: BuildProblem[] = [];
  const node = new Builder((problem) => problems.push(problem), options).build(type, value, []);
  return { node, problems };
}

/** A copy with other values for some fields, as `job(name="x")`. Throws BuildError. */
export function withFields(
  node: StructNode,
  fields: Readonly<Record<string, unknown>>,
  options: BuildOptions = {},
): StructNode {
  return new Builder(fail, options).override(node, Object.entries(fields), []);
}

/** A copy in whose references more is known. Of several bindings the last wins, and all win over earlier ones. */
export function bind<N extends Node>(
  node: N,
  ...bindings: readonly (Environment | Node | Readonly<Record<string, unknown>>)[]
): N {
  const scopes = bindings.map((binding) => {
    if (isEnvironment(binding)) return binding;
    if (!isNode(binding)) return environment(binding);
    if (isNamable(binding)) return binding;
    const message = `${typeName(binding.type)} has no names that references could use: bind a struct, or name=value`;
    throw new BuildError({ rule: "type", path: [], message });
  });
  return { ...node, scopes: [...scopes.reverse(), ...node.scopes] };
}

function isEnvironment(value: object): value is Environment {
  return "kind" in value && value.kind === "environment" && "table" in value && value.table instanceof Map;
}
