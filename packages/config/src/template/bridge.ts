import { interpolate } from "./interpolate.ts";
import { decodeRoot } from "./wire-decode.ts";
import { WireWriter } from "./wire-encode.ts";
import { ownValue, readRecord } from "./wire-read.ts";

/**
 * Answers a program that runs in the sandbox and wants to know what a value is when its references are filled in, so
 * that there is one implementation of the rules. Request and answer are JSON. Never throws: the program is told.
 */
export function answerBridge(request: string): string {
  return JSON.stringify(answer(request));
}

function answer(request: string): unknown {
  const message = messageIn(request);
  if (message === undefined) return refused("the request is not understood");
  const decoded = decodeRoot(message);
  if ("problem" in decoded) return refused(decoded.problem.message);
  const { node, unbound, problems } = interpolate(decoded.root);
  const writer = new WireWriter();
  const root = writer.add(node);
  const [problem] = problems;
  return {
    message: { ...writer.message(), root },
    unbound: [...new Set(unbound.map(({ reference }) => reference))],
    ...(problem === undefined ? {} : { error: { name: problem.error, message: problem.message } }),
  };
}

function messageIn(request: string): unknown {
  try {
    const record = readRecord(JSON.parse(request), "the request");
    return ownValue(record, "op") === "interpolate" ? ownValue(record, "message") : undefined;
  } catch {
    return undefined;
  }
}

function refused(message: string) {
  return { unbound: [], error: { name: "Uninterpolatable", message } };
}
