import { execFileSync, spawn } from "node:child_process";
import dgram from "node:dgram";
import { lookup } from "node:dns/promises";
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer, get } from "node:http";
import net, { connect, Server } from "node:net";
import os from "node:os";
import { connect as connectTls } from "node:tls";
import { Worker } from "node:worker_threads";
import { serve } from "../../src/sandbox/child.ts";

/** What a program in the sandbox may try. */
const tries: Record<string, (argument: string) => unknown> = {
  answer: (argument) => ({ said: argument }),
  environment: () => ({ ...process.env }),
  loop: () => {
    for (;;);
  },
  wait: () => new Promise((resolve) => setTimeout(resolve, 60_000)),
  "fill the heap": () => {
    const kept: unknown[] = [];
    for (;;) kept.push(new Array(10_000).fill(kept.length));
  },
  "fill buffers": () => {
    const kept: Buffer[] = [];
    for (;;) kept.push(Buffer.alloc(16 * 1024 * 1024, 1));
  },
  "print for ever": () => {
    for (;;) writeFileSync(1, "x".repeat(65_536));
  },
  "print and answer": () => {
    console.log("hello");
    console.error("trouble");
    return "done";
  },
  "long answer": () => "x".repeat(10_000_000),
  exit: () => process.exit(3),
  throw: () => {
    throw new Error("broken on purpose");
  },
  abort: () => process.abort(),
  read: (path) => readFileSync(path, "utf8"),
  write: (path) => writeFileSync(path, "x"),
  "make a directory": (path) => mkdirSync(path),
  link: (path) => symlinkSync("/etc/passwd", path),
  spawn: () => spawn("true"),
  exec: () => execFileSync("true"),
  worker: () => new Worker("1", { eval: true }),
  kill: () => process.kill(process.ppid, 0),
  evaluate: () => Reflect.construct(Function, ["return 1"])(),
  sqlite: () => import("node:sqlite" as string),
  fetch: (url) => fetch(url),
  connect: (url) => ended(connect(Number(new URL(url).port), "127.0.0.1")),
  tls: (url) => ended(connectTls(Number(new URL(url).port), "127.0.0.1")),
  http: (url) => ended(get(url)),
  datagram: (url) => dgram.createSocket("udp4").send("x", Number(new URL(url).port), "127.0.0.1"),
  resolve: () => lookup("localhost"),
  listen: () => createServer().listen(0, "127.0.0.1"),
  "listen by the back door": () =>
    Reflect.get(Server.prototype, "_listen2").call(createServer(), "127.0.0.1", 0, 4),
  "open a handle": () => Reflect.get(net, "_createServerHandle")("127.0.0.1", 0, 4),
  "connect a pipe": () => {
    const Pipe = Reflect.get(process.stdout, "_handle").constructor;
    return new Pipe(0).connect({}, "/run/nothing");
  },
  "give way to the host": () => os.setPriority(process.ppid, 7),
  "open a datagram handle": () => Reflect.get(dgram, "_createSocketHandle")("127.0.0.1", 0, "udp4"),
};

function ended(emitter: NodeJS.EventEmitter): Promise<unknown> {
  return new Promise((resolve, reject) => {
    emitter.once("error", reject);
    for (const event of ["connect", "response", "close"]) emitter.once(event, () => resolve(event));
  });
}

await serve(async (input, { begin }) => {
  const { attempt, argument } = input as { attempt: string; argument: string };
  begin();
  if (["exit", "throw", "abort"].includes(attempt)) return tries[attempt]?.(argument);
  try {
    return { got: (await tries[attempt]?.(argument)) ?? null };
  } catch (error) {
    return { refused: String((error as NodeJS.ErrnoException).code ?? (error as Error).message) };
  }
});
