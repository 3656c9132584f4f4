import { build, EMPTY } from "./build.ts";
import { BuildError, type BuildProblem } from "./build-error.ts";
import { canonicalAddress } from "./environment.ts";
import { float } from "./float.ts";
import { measure } from "./measure.ts";
import {
  type Environment,
  isNamable,
  NODE,
  type Node,
  type Place,
  type Scope,
  type StructNode,
} from "./node.ts";
import type { MapType, Type } from "./type.ts";
import { malformed, ownValue, readArray, readIndex, readRecord, refusal } from "./wire-read.ts";
import { WireTypes } from "./wire-types.ts";

export interface DecodedTrees {
  readonly jobs: readonly StructNode[];
  readonly tasks: readonly StructNode[];
}

/** More than any configuration that people run, and few enough to walk: a few shared nodes may stand for billions. */
const MOST_NODES = 2_000_000;
const MOST_FIELDS = 4_000_000;
const DEEPEST = 100;

/** Reads the jobs and tasks that a configuration's program handed over. Never throws. */
export function decodeTrees(message: unknown): DecodedTrees | { readonly problem: BuildProblem } {
  return guarded(() => {
    const record = readRecord(message, "the message");
    const reader = new WireReader(record);
    const roots = (key: string, type: string) =>
      readArray(ownValue(record, key) ?? [], key).map((index) => structOf(type, reader.nodeAt(index)));
    const trees = { jobs: roots("jobs", "Job"), tasks: roots("tasks", "Task") };
    const size = [...trees.jobs, ...trees.tasks].reduce((sum, tree) => sum + measure(tree).size, 0);
    if (size > MOST_NODES) throw tooLarge();
    return trees;
  });
}

/** Reads a message about one value. Never throws. */
export function decodeRoot(message: unknown): { readonly root: Node } | { readonly problem: BuildProblem } {
  return guarded(() => {
    const record = readRecord(message, "the message");
    return { root: new WireReader(record).nodeAt(ownValue(record, "root")) };
  });
}

function guarded<T>(read: () => T): T | { readonly problem: BuildProblem } {
  try {
    return read();
  } catch (error) {
    if (error instanceof BuildError) return { problem: error };
    // Types whose defaults lead from one to the next can still exhaust the stack.
    if (error instanceof RangeError)
      return { problem: refusal("limit", "its objects are nested too deeply") };
    throw error;
  }
}

function structOf(name: string, node: Node): StructNode {
  if (node.kind === "struct" && node.type.name === name) return node;
  const message = `expected ${name} objects, got ${"name" in node.type ? node.type.name : node.type.kind}`;
  throw new BuildError({ rule: "type", path: [], message, place: node.place });
}

class WireReader {
  readonly #wires: readonly unknown[];
  readonly #files: readonly unknown[];
  readonly #types: WireTypes;
  readonly #nodes: (Node | "being read" | undefined)[] = [];
  /** Of all structs, defaults included: a small message can ask for many. */
  #fields = 0;

  constructor(message: Readonly<Record<string, unknown>>) {
    this.#wires = readArray(ownValue(message, "nodes"), "nodes");
    this.#files = readArray(ownValue(message, "files") ?? [], "files");
    const definitions = readRecord(ownValue(message, "types") ?? {}, "types");
    this.#types = new WireTypes(definitions, (index) => this.nodeAt(index));
    if (this.#wires.length > MOST_NODES) throw tooLarge();
    // Parts come before what they are part of, so that reading one never goes deep.
    for (const index of this.#wires.keys()) this.nodeAt(index);
  }

  nodeAt(given: unknown): Node {
    const index = readIndex(given, this.#wires.length, "a node");
    const known = this.#nodes[index];
    if (known === "being read") throw malformed(`node ${index} is part of itself`);
    if (known !== undefined) return known;
    this.#nodes[index] = "being read";
    const node = this.#read(readRecord(this.#wires[index], `node ${index}`), index);
    const { size, depth } = measure(node);
    if (node.kind === "struct") this.#fields += node.fields.size;
    if (size > MOST_NODES || this.#fields > MOST_FIELDS) throw tooLarge();
    if (depth > DEEPEST) throw refusal("limit", `its objects are nested more than ${DEEPEST} deep`);
    this.#nodes[index] = node;
    return node;
  }

  #read(wire: Readonly<Record<string, unknown>>, index: number): Node {
    const at = ownValue(wire, "at");
    const place = at === undefined || at === null ? undefined : this.#place(at);
    const node = this.#value(this.#types.get(ownValue(wire, "t")), ownValue(wire, "v"), index, place);
    const scopes = readArray(ownValue(wire, "s") ?? [], "scopes").map((scope) => this.#scope(scope, index));
    return scopes.length === 0 ? node : { ...node, scopes };
  }

  #value(type: Type, value: unknown, index: number, place: Place | undefined): Node {
    switch (type.kind) {
      case "Struct": {
        const given = Object.entries(readRecord(value, `the value of node ${index}`));
        const fields = given.map(([name, child]) => [
          name,
          child === null ? EMPTY : this.#child(child, index),
        ]);
        return build(type, Object.fromEntries(fields), { place });
      }
      case "List": {
        const items = readArray(value, `the value of node ${index}`);
        return build(
          type,
          items.map((child) => this.#child(child, index)),
          { place },
        );
      }
      case "Map":
        return this.#map(type, readArray(value, `the value of node ${index}`), index, place);
      case "Choice": {
        const given = readRecord(value, `the value of node ${index}`);
        const isDecided = Object.hasOwn(given, "node");
        const chosen = isDecided ? this.#child(ownValue(given, "node"), index) : ownValue(given, "plain");
        return build(type, chosen, { place });
      }
      default:
        return build(type, scalarIn(value, index), { place });
    }
  }

  #map(type: MapType, pairs: readonly unknown[], index: number, place: Place | undefined): Node {
    const entries = pairs.map((pair) => {
      const [key, value] = readArray(pair, "an entry").map((child) => this.#child(child, index));
      if (key === undefined || value === undefined) throw malformed("an entry is no pair");
      return [build(type.key, key, { place }), build(type.value, value, { place })] as const;
    });
    const node = { [NODE]: true, kind: "map", type, entries, scopes: [] } as const;
    return place === undefined ? node : { ...node, place };
  }

  #child(child: unknown, parent: number): Node {
    return this.nodeAt(readIndex(child, parent, `a part of node ${parent}`));
  }

  #scope(given: unknown, index: number): Scope {
    const scope = readRecord(given, "a scope");
    if (Object.hasOwn(scope, "env"))
      return this.#environment(readRecord(ownValue(scope, "env"), "bindings"), index);
    const node = this.#child(ownValue(scope, "node"), index);
    if (!isNamable(node)) throw malformed("a scope has no names");
    return node;
  }

  #environment(bindings: Readonly<Record<string, unknown>>, index: number): Environment {
    const table = new Map<string, string | Node>();
    for (const [address, given] of Object.entries(bindings)) {
      const isText = typeof given === "string";
      table.set(
        canonicalAddress(address),
        isText ? given : this.#child(ownValue(readRecord(given, "a binding"), "node"), index),
      );
    }
    return { kind: "environment", table };
  }

  #place(given: unknown): Place {
    const [file, line, column] = readArray(given, "a place");
    const name = this.#files[readIndex(file, this.#files.length, "a file")];
    if (typeof name !== "string" || !isPosition(line) || !isPosition(column))
      throw malformed("a place is none");
    return { file: name, line, column };
  }
}

function isPosition(value: unknown): value is number {
  return typeof value === "number" && Number.isInteger(value) && value >= 0;
}

function scalarIn(value: unknown, index: number): unknown {
  if (value === null || typeof value === "string" || typeof value === "boolean") return value;
  if (typeof value === "number" && Number.isFinite(value)) return value;
  const number = ownValue(readRecord(value, `the value of node ${index}`), "float");
  if (typeof number !== "number") throw malformed(`the value of node ${index} is no number`);
  return float(number);
}

function tooLarge(): BuildError {
  return refusal("limit", `it holds more than ${MOST_NODES} values`);
}
