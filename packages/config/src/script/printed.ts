import { format } from "node:util";
import type { Place } from "../template/node.ts";

export interface Printed {
  readonly text: string;
  readonly at?: Place | undefined;
}

/** Enough to find a mistake; a configuration that prints for ever is stopped by its deadline. */
const MOST_CHARS = 64 * 1024;

/** Keeps what the configuration prints, line by line, instead of printing it. */
export function capturePrinted(placeOfCaller: () => Place | undefined): readonly Printed[] {
  const printed: Printed[] = [];
  let room = MOST_CHARS;
  const keep = (text: string) => {
    if (room <= 0) return;
    const kept = text.slice(0, room);
    room -= kept.length + 1;
    const more = room <= 0 ? " … (and more)" : "";
    printed.push({ text: `${kept.trimEnd()}${more}`, at: placeOfCaller() });
  };
  const log = (...values: readonly unknown[]) => keep(format(...values));
  for (const method of ["log", "info", "warn", "error", "debug", "trace", "dir", "table"]) {
    Reflect.set(globalThis.console, method, log);
  }
  for (const stream of [process.stdout, process.stderr]) {
    Reflect.set(stream, "write", (chunk: string | Uint8Array) => {
      keep(typeof chunk === "string" ? chunk : Buffer.from(chunk).toString());
      return true;
    });
  }
  return printed;
}
