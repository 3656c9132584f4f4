import { BuildError } from "../template/build-error.ts";
import { interpolate } from "../template/interpolate.ts";
import type { Node, StructNode } from "../template/node.ts";
import { toPlain } from "../template/to-plain.ts";
import { Built } from "./built.ts";
import { callerPlace } from "./caller-place.ts";

/** The object with what its own bindings fill in: references to others stay. */
export function filled(built: Built<unknown>): StructNode {
  if (!(built instanceof Built)) {
    throw refusal(
      "takes objects that builders made, as Task({ … }); other values are given with .with({ … })",
      built,
    );
  }
  return interpolate(built.node).node as StructNode;
}

export function itemsOf(node: StructNode, name: string): readonly StructNode[] {
  const list = node.fields.get(name);
  return list?.kind === "list" ? list.items.filter((item) => item.kind === "struct") : [];
}

export function nameOf(node: StructNode): string {
  const name = node.fields.get("name");
  if (name?.kind === "scalar" && typeof name.value === "string") return name.value;
  throw refusal(`a ${node.type.name} without a name cannot be put in order`);
}

/** A number that is known already; Empty counts as 0. */
export function amountOf(node: Node | undefined, name: string): number {
  const amount = node?.kind === "struct" ? node.fields.get(name) : undefined;
  if (amount === undefined) return 0;
  const value = amount.kind === "scalar" ? amount.value : undefined;
  if (typeof value === "number") return value;
  if (typeof value === "object" && value !== null) return value.float;
  const number = typeof value === "string" && value.trim() !== "" ? Number(value) : Number.NaN;
  if (Number.isFinite(number)) return number;
  throw refusal(`${name} must be a number to be merged`, value);
}

/** Equal for values that mean the same, whatever the order of their attributes. */
export function contentOf(node: Node): string {
  return JSON.stringify(toPlain(node), (_, value: unknown) =>
    typeof value === "object" && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : value,
  );
}

export function refusal(message: string, seen?: unknown): BuildError {
  return new BuildError({ rule: "value", path: [], message, seen, place: callerPlace() });
}
