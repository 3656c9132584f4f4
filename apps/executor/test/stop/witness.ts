import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { appendFileSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { onTestFinished } from "vitest";

/** How it takes what it is told: what it goes with, if it goes at all. */
export type Obeys = "POST /quitquitquit" | "POST /abortabortabort" | "SIGTERM" | "nothing";

const PROGRAM = `
  const { appendFileSync } = require("node:fs");
  const [file, obeys] = process.argv.slice(1);
  const saw = (what) => {
    appendFileSync(file, what + "\\n");
    return () => what === obeys && process.exit(0);
  };
  process.on("SIGTERM", () => saw("SIGTERM")());
  const server = require("node:http").createServer((request, response) => {
    response.end("bye", saw(request.method + " " + request.url));
  });
  server.listen(0, "127.0.0.1", () => console.log(server.address().port));`;

export interface Witness {
  readonly port: number;
  readonly child: ChildProcess;
  readonly ended: Promise<unknown>;
  /** What it and others saw, in order. */
  readonly seen: () => string[];
  /** For others. */
  readonly note: (what: string) => void;
}

/** A real process with a port, that writes down what it is asked and signalled. Until the end of the test. */
export async function startWitness(obeys: Obeys): Promise<Witness> {
  const directory = mkdtempSync(join(tmpdir(), "borealis-stop-"));
  const file = join(directory, "seen");
  const child = spawn(process.execPath, ["-e", PROGRAM, file, obeys], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ended = once(child, "exit");
  onTestFinished(async () => {
    child.kill("SIGKILL");
    await ended;
    rmSync(directory, { recursive: true });
  });
  const note = (what: string) => appendFileSync(file, `${what}\n`);
  note("started");
  const [port] = await once(createInterface(child.stdout), "line");
  const seen = () => readFileSync(file, "utf8").trimEnd().split("\n").slice(1);
  return { port: Number(port), child, ended, seen, note };
}
