import type { Node, StructNode } from "./node.ts";
import { type WireMessage, WireWriter } from "./wire-encode.ts";

export { answerBridge } from "./bridge.ts";
export { decodeTrees } from "./wire-decode.ts";

/** One value as a message. */
export function encodeNode(node: Node): WireMessage & { readonly root: number } {
  const writer = new WireWriter();
  const root = writer.add(node);
  return { ...writer.message(), root };
}

/** The jobs and tasks of a configuration as a message. */
export function encodeTrees(
  jobs: readonly StructNode[],
  tasks: readonly StructNode[] = [],
): WireMessage & { readonly jobs: readonly number[]; readonly tasks: readonly number[] } {
  const writer = new WireWriter();
  const indexes = { jobs: jobs.map((job) => writer.add(job)), tasks: tasks.map((task) => writer.add(task)) };
  return { ...writer.message(), ...indexes };
}
