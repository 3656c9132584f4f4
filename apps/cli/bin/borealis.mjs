#!/usr/bin/env node
// Plain JavaScript: it must run on whatever Node there is, to find the pinned one that runs TypeScript.
import { spawn } from "node:child_process";
import { existsSync, realpathSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const OLDEST_MAJOR = 24;
const here = dirname(realpathSync(fileURLToPath(import.meta.url)));
const main = join(here, "../src/main.ts");

if (Number(process.versions.node.split(".")[0]) >= OLDEST_MAJOR) {
  await import(pathToFileURL(main).href);
} else {
  const pinned = join(here, "../../../node_modules/.bin/node");
  if (!existsSync(pinned)) {
    process.stderr.write(
      `borealis: needs Node ${OLDEST_MAJOR} and this is ${process.version}; run npm ci in the repository, which brings it\n`,
    );
    process.exit(4);
  }
  const child = spawn(pinned, [main, ...process.argv.slice(2)], { stdio: "inherit" });
  // A terminal sends its signals to us both; one that was sent to us alone must reach the child.
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
    process.on(signal, () => {
      if (signal !== "SIGINT") child.kill(signal);
    });
  }
  child.on("exit", (code, signal) => {
    if (signal === null) process.exit(code ?? 1);
    for (const each of ["SIGINT", "SIGTERM", "SIGHUP"]) process.removeAllListeners(each);
    process.kill(process.pid, signal);
  });
}
