import { Interpreter, type InterpreterInput, type RunRequest } from "../../src/python/interpreter.ts";
import { serve } from "../../src/sandbox/child.ts";

/** Runs many configurations in one process, each in names of its own: starting Python once for each takes seconds. */
await serve(async (value, { begin }) => {
  const { input, directory, runs } = value as {
    input: InterpreterInput;
    directory: string;
    runs: readonly RunRequest[];
  };
  const { interpreter } = await Interpreter.boot(input);
  interpreter.mount(directory, directory);
  interpreter.seal();
  begin();
  return runs.map((run) => JSON.parse(interpreter.run(run)) as unknown);
});
