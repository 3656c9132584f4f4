#!/usr/bin/env -S node --max-semi-space-size=8
// Plain JavaScript: it must run on whatever Node there is, to find the pinned one that runs TypeScript.
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, realpathSync, statSync } from "node:fs";
import module from "node:module";
import { homedir } from "node:os";
import { dirname, isAbsolute, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const OLDEST_MAJOR = 24;
/** An executor makes garbage all day, and V8 would rather take 100 MB than collect it. The first line has what any Node knows. */
const V8_OPTIONS = ["--max-semi-space-size=8", "--heap-growing-percent=30"];
const here = dirname(realpathSync(fileURLToPath(import.meta.url)));
const main = join(here, "../src/main.ts");

if (Number(process.versions.node.split(".")[0]) >= OLDEST_MAJOR) {
  keepWhatIsCompiled();
  await import(pathToFileURL(main).href);
} else {
  const pinned = join(here, "../../../node_modules/.bin/node");
  if (!existsSync(pinned)) {
    process.stderr.write(
      `borealis: needs Node ${OLDEST_MAJOR} and this is ${process.version}; run npm ci in the repository, which brings it\n`,
    );
    process.exit(4);
  }
  supervise(pinned, [...V8_OPTIONS, fileURLToPath(import.meta.url), ...process.argv.slice(2)]);
}

/** TypeScript without its types, compiled: half of the time to start. Only in a place that nobody else can write to. */
function keepWhatIsCompiled() {
  if (process.env.NODE_COMPILE_CACHE !== undefined || process.env.NODE_DISABLE_COMPILE_CACHE !== undefined)
    return;
  const given = process.env.XDG_CACHE_HOME ?? "";
  try {
    const cache = isAbsolute(given) ? given : join(homedir(), ".cache");
    const directory = join(cache, "borealis", "compiled");
    // One by one: asked for all at once below /proc, Node tries for ever.
    for (const each of [cache, join(cache, "borealis"), directory]) {
      if (!existsSync(each)) mkdirSync(each, { mode: 0o700 });
    }
    const { uid, mode } = statSync(directory);
    if (uid === process.getuid?.() && (mode & 0o022) === 0) module.enableCompileCache(directory);
  } catch {
    // It starts as well without, and a little later.
  }
}

/** Runs the program as if it were this process: signals go to it, and its end is ours. */
function supervise(program, args) {
  // In a group of its own it hears of every signal once, from us, whether that was sent to us alone or, as Ctrl-C is,
  // to our group: a second one would tell an executor not to stop in order.
  const child = spawn(program, args, { stdio: "inherit", detached: true });
  const passedOn = ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT"];
  for (const signal of passedOn) process.on(signal, () => child.kill(signal));
  process.on("SIGTSTP", () => {
    child.kill("SIGSTOP");
    process.kill(process.pid, "SIGSTOP");
  });
  process.on("SIGCONT", () => child.kill("SIGCONT"));
  child.on("error", (error) => {
    process.stderr.write(`borealis: can not run ${program}: ${error.message}\n`);
    if (child.pid === undefined) process.exit(4);
  });
  child.on("exit", (code, signal) => {
    if (signal === null) process.exit(code ?? 1);
    for (const each of passedOn) process.removeAllListeners(each);
    process.kill(process.pid, signal);
  });
}
