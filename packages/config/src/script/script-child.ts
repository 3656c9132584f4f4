import { dirname } from "node:path";
import { pathToFileURL } from "node:url";
import { callerPlace } from "../builders/caller-place.ts";
import "../builders/index.ts";
import { serve } from "../sandbox/child.ts";
import { encodeTrees } from "../template/wire.ts";
import { setEnvironment } from "./env.ts";
import { exportedJobs } from "./exported-jobs.ts";
import { capturePrinted, type Printed } from "./printed.ts";
import { describeError, type ScriptError, ScriptFailure } from "./script-error.ts";
import { fenceOffFiles } from "./script-fence.ts";
import { guardImports } from "./script-imports.ts";
import { isWithin } from "./within.ts";

/** What the host asks. Paths have no links in them. */
export interface ScriptRequest {
  readonly file: string;
  readonly includeRoot: string;
  readonly environment: Readonly<Record<string, string>>;
}

/** What it is told. */
export type ScriptAnswer =
  | { readonly ok: true; readonly message: unknown; readonly notices: readonly Printed[] }
  | { readonly ok: false; readonly error: ScriptError };

await serve(async (input, { begin }) => {
  const { file, includeRoot, environment } = input as ScriptRequest;
  const isUserFile = (path: string) => isWithin(path, includeRoot);
  const loaded = guardImports(isUserFile);
  const failed = (error: unknown): ScriptAnswer => ({
    ok: false,
    error: describeError(error, isUserFile, loaded),
  });
  setEnvironment(environment);
  process.chdir(dirname(file));
  const printed = capturePrinted(callerPlace);
  const { promise: broken, resolve: breakOff } = Promise.withResolvers<ScriptAnswer>();
  process.on("uncaughtException", (error) => breakOff(failed(error)));
  using _ = refuseExit((error) => breakOff(failed(error)));
  begin();
  fenceOffFiles(isUserFile);
  // Awaited, so that it holds until then.
  return await Promise.race([broken, run(file, printed).catch(failed)]);
});

async function run(file: string, notices: readonly Printed[]): Promise<ScriptAnswer> {
  const module: Readonly<Record<string, unknown>> = await import(pathToFileURL(file).href);
  const jobs = exportedJobs(module);
  return { ok: true, message: encodeTrees(jobs), notices };
}

/** A configuration that ends the process leaves nobody to say so. */
function refuseExit(onExit: (error: Error) => void): Disposable {
  const exit = process.exit;
  process.exit = () => {
    const error = new ScriptFailure("load", "calls process.exit(): end it with its jobs, or throw an error");
    onExit(error);
    throw error;
  };
  return { [Symbol.dispose]: () => Reflect.set(process, "exit", exit) };
}
