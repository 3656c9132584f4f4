import { readWholeFile, serve, writeWhole } from "../sandbox/child.ts";
import { HANDED_IN_FD, HANDED_OUT_FD } from "../sandbox/descriptors.ts";
import { Interpreter, type InterpreterInput, type RunRequest } from "./interpreter.ts";
import { unsealSnapshot } from "./snapshot-seal.ts";

export interface ChildInput extends InterpreterInput {
  /** A snapshot is on its descriptor. Without it, one is made and handed out. */
  readonly hasSnapshot?: boolean;
  /** Undefined to make a snapshot and no more. */
  readonly run: RunRequest | undefined;
  /** Shown to Python at the path `run.root`. */
  readonly directory: string;
}

/** The file is not what was written: the parent tries again without it. */
const BROKEN_SNAPSHOT = "broken-snapshot";

async function start(input: ChildInput): Promise<Interpreter | undefined> {
  if (input.hasSnapshot === true) {
    const snapshot = unsealSnapshot(readWholeFile(HANDED_IN_FD));
    return snapshot && Interpreter.resume(input, snapshot).catch(() => undefined);
  }
  const { interpreter, snapshot } = await Interpreter.boot(input);
  writeWhole(HANDED_OUT_FD, snapshot);
  return interpreter;
}

await serve(async (value, { begin }) => {
  const input = value as ChildInput;
  const interpreter = await start(input);
  if (interpreter === undefined) return JSON.stringify({ broken: BROKEN_SNAPSHOT });
  if (input.run === undefined) return JSON.stringify({});
  interpreter.mount(input.directory, input.run.root);
  interpreter.seal();
  begin();
  return interpreter.run(input.run);
});
