import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { runSandboxed, type SandboxRequest } from "../../src/sandbox/run-sandboxed.ts";

const MB = 1024 * 1024;
const packages = join(import.meta.dirname, "../../..");

let directory: string;
let server: Server;
let url: string;
let connections = 0;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), "borealis-sandbox-"));
  writeFileSync(join(directory, "inside.txt"), "inside");
  server = createServer((_, response) => response.end("hello"));
  server.on("connection", () => {
    connections += 1;
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
});

afterAll(() => {
  server.close();
  rmSync(directory, { recursive: true, force: true });
});

function attempt(what: string, argument = "", extra: Partial<SandboxRequest> = {}) {
  return runSandboxed({
    entry: join(import.meta.dirname, "program.ts"),
    input: { attempt: what, argument },
    readable: [packages, directory],
    deadlineMs: 15_000,
    memoryBytes: 1024 * MB,
    mostOutputBytes: MB,
    ...extra,
  });
}

describe("a program in the sandbox", () => {
  test("answers what it is asked", async () => {
    expect(await attempt("answer", "hi")).toMatchObject({
      kind: "answer",
      answer: { got: { said: "hi" } },
      printed: "",
    });
  });

  test("has what it prints handed over beside its answer", async () => {
    const outcome = await attempt("print and answer");
    expect(outcome).toMatchObject({ kind: "answer", answer: { got: "done" } });
    expect(outcome.printed.trim().split("\n").sort()).toEqual(["hello", "trouble"]);
  });

  test("reads what is listed", async () => {
    expect(await attempt("read", join(directory, "inside.txt"))).toMatchObject({ answer: { got: "inside" } });
  });

  test("gets no environment of its parent's", async () => {
    process.env["BOREALIS_SECRET_FOR_TEST"] = "secret";
    expect(JSON.stringify(await attempt("environment"))).not.toContain("secret");
  });
});

describe("a program in the sandbox is refused", () => {
  test.each([
    ["read", "/etc/passwd"],
    ["read", "/proc/self/environ"],
    ["spawn", ""],
    ["exec", ""],
    ["worker", ""],
    ["kill", ""],
    ["evaluate", ""],
    ["sqlite", ""],
    ["resolve", ""],
  ])("to %s %s", async (what, argument) => {
    expect(await attempt(what, argument)).toMatchObject({
      kind: "answer",
      answer: { refused: expect.any(String) },
    });
  });

  test.each(["write", "make a directory", "link"])("to %s, even where it may read", async (what) => {
    const outcome = await attempt(what, join(directory, "new"));
    expect(outcome).toMatchObject({ answer: { refused: "ERR_ACCESS_DENIED" } });
    expect(readdirSync(directory)).toEqual(["inside.txt"]);
  });

  test.each(["fetch", "connect", "tls", "http", "datagram"])("the network, by %s", async (what) => {
    expect(await attempt(what, url)).toMatchObject({
      kind: "answer",
      answer: { refused: expect.any(String) },
    });
    expect(connections).toBe(0);
  });

  test("the priorities of other processes", async () => {
    expect(await attempt("give way to the host")).toMatchObject({
      answer: { refused: expect.stringContaining("no access to the other processes") },
    });
  });

  test("paths with a *, which would stand for all that begins like them", async () => {
    const readable = [packages, join(directory, "w*")];
    expect(await attempt("answer", "", { readable })).toMatchObject({ kind: "not-started" });
  });

  test.each([
    "listen",
    "listen by the back door",
    "open a handle",
    "open a datagram handle",
    "connect a pipe",
  ])("the network, by the back door: %s", async (what) => {
    expect(await attempt(what, url)).toMatchObject({
      kind: "answer",
      answer: { refused: expect.stringContaining("no access to the network") },
    });
  });
});

describe("a program in the sandbox is ended", () => {
  test("when it does not come to an end", async () => {
    expect(await attempt("loop", "", { deadlineMs: 300 })).toMatchObject({ kind: "too-slow", started: true });
    expect(await attempt("wait", "", { deadlineMs: 300 })).toMatchObject({ kind: "too-slow", started: true });
  });

  test("when it does not even begin in time", async () => {
    expect(await attempt("answer", "", { startMs: 1 })).toMatchObject({ kind: "too-slow", started: false });
  });

  test.each(["fill the heap", "fill buffers"])("when it wants to %s", async (what) => {
    const outcome = await attempt(what, "", { memoryBytes: 300 * MB, heapMb: 100 });
    expect(outcome.kind).toBe("too-much-memory");
  });

  test("when its answer is too long", async () => {
    expect(await attempt("long answer")).toMatchObject({ kind: "too-much-output" });
  });

  test("when it prints for ever, with the beginning kept", async () => {
    const outcome = await attempt("print for ever", "", { deadlineMs: 500 });
    expect(outcome.kind).toBe("too-slow");
    expect(outcome.printed.length).toBe(64 * 1024 + 1);
  });

  test("when its parent gives up", async () => {
    const controller = new AbortController();
    const running = attempt("loop", "", { signal: controller.signal });
    setTimeout(() => controller.abort(), 300);
    expect(await running).toMatchObject({ kind: "aborted" });
    expect(await attempt("answer", "", { signal: controller.signal })).toMatchObject({ kind: "aborted" });
  });
});

test.each([
  ["exit", { code: 3, signal: null }],
  ["throw", { code: 1, signal: null }],
  ["abort", { code: null, signal: "SIGABRT" }],
])("a program that ends by %s leaves its parent unharmed and told", async (what, how) => {
  expect(await attempt(what)).toMatchObject({ kind: "died", started: true, ...how });
});

test("a program that is not there is told of as one that died before it began", async () => {
  const outcome = await attempt("answer", "", { entry: join(directory, "nothing.ts") });
  expect(outcome).toMatchObject({ kind: "died", started: false });
});
