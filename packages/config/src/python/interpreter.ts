import { constants } from "node:fs";
import { createRequire } from "node:module";
import { systemClock } from "@borealis/clock";
import { loadPyodide, type PyodideAPI } from "pyodide";
import { writeWhole } from "../sandbox/child.ts";
import { mountReadOnly } from "./read-only-mount.ts";
import type { ShimModule } from "./shim.ts";

export interface InterpreterInput {
  readonly shim: readonly ShimModule[];
  /** Of `describeTypes`. */
  readonly types: string;
  readonly memoryBytes: number;
  readonly timeoutMs: number;
}

/** What Python is asked to run. */
export interface RunRequest {
  readonly path: string;
  readonly source: string;
  readonly kind: "aurora" | "thermos";
  readonly root: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly limits: {
    readonly depth: number;
    readonly includes: number;
    readonly bytes: number;
    readonly nodes: number;
    readonly answer: number;
  };
}

const PAGE_BYTES = 65_536;
const INTERRUPT = 2;
const MOST_PRINTED_BYTES = 64 * 1024;
const STDOUT_FD = 1;

/** The answer of a Python that is no more. */
function lastWords(error: unknown): string {
  const tooDeep = error instanceof RangeError;
  const message = tooDeep
    ? "nests or recurses too deeply: Python itself gave up"
    : `did what this Python can not do, and ended it: ${lastLine(error)}`;
  return JSON.stringify({
    ok: false,
    fatal: true,
    problems: [{ rule: tooDeep ? "limit" : "load", path: "", message }],
  });
}

/** A traceback of Python's ends with what it is about. */
function lastLine(error: unknown): string {
  return (String(error).trim().split("\n").at(-1) ?? "").slice(0, 200);
}

// What configurations import, and what the shim needs, so that the snapshot has it.
const WARM =
  "import base64,collections,copy,datetime,fnmatch,functools,getpass,glob,hashlib,io,itertools,json,math,os,re,string,textwrap";

const INSTALL = `
def install(name, source):
    import sys, types
    if "_borealis" not in sys.modules:
        sys.modules["_borealis"] = types.ModuleType("_borealis")
        sys.modules["_borealis"].__path__ = []
    module = types.ModuleType("_borealis." + name)
    sys.modules[module.__name__] = module
    exec(compile(source, "<borealis>/" + name + ".py", "exec"), module.__dict__)
    setattr(sys.modules["_borealis"], name, module)
install
`;

/** CPython with our names in it, in this process. */
export class Interpreter {
  readonly #pyodide: PyodideAPI;
  readonly #input: InterpreterInput;
  readonly #run: (request: string) => string;
  readonly #hide: () => void;
  readonly #setBridge: (call: (request: string) => string) => void;

  private constructor(pyodide: PyodideAPI, input: InterpreterInput) {
    this.#pyodide = pyodide;
    this.#input = input;
    const run = pyodide.pyimport("_borealis.run");
    this.#run = run.run;
    this.#hide = run.hide;
    const bridge = pyodide.pyimport("_borealis.bridge");
    this.#setBridge = (call) => {
      bridge.call = call;
    };
  }

  /** From nothing, which takes seconds; `snapshot` is then there to be kept. */
  static async boot(input: InterpreterInput): Promise<{ interpreter: Interpreter; snapshot: Uint8Array }> {
    const pyodide = await load({ _makeSnapshot: true }, input.memoryBytes);
    pyodide.runPython(WARM);
    const install = pyodide.runPython(INSTALL);
    for (const { name, source } of input.shim) install(name, source);
    install.destroy();
    const { declare } = pyodide.pyimport("_borealis.run");
    declare(input.types);
    declare.destroy();
    pyodide.runPython("del install");
    const snapshot = pyodide.makeMemorySnapshot();
    return { interpreter: new Interpreter(pyodide, input), snapshot };
  }

  static async resume(input: InterpreterInput, snapshot: Uint8Array): Promise<Interpreter> {
    return new Interpreter(await load({ _loadSnapshot: snapshot }, input.memoryBytes), input);
  }

  /** Shows the host's directory to Python; nothing else of the host is there. */
  mount(directory: string, at: string): void {
    mountReadOnly(this.#pyodide, directory, at);
  }

  /** Takes the ways out of Python away. To be called before a configuration runs. */
  seal(): void {
    this.#setBridge(answerBridge);
    this.#hide();
  }

  /** Runs a configuration. Time is up once: whoever goes on after that is killed from outside. */
  run(request: RunRequest): string {
    const upAt = systemClock.now() + this.#input.timeoutMs;
    let told = false;
    const interrupts = {
      get 0() {
        if (told || systemClock.now() <= upAt) return 0;
        told = true;
        return INTERRUPT;
      },
      // Pyodide takes the interrupt back when it has seen it, and at other times.
      set 0(_value: number) {},
    };
    try {
      this.#pyodide.setInterruptBuffer(interrupts as unknown as Int32Array);
      return this.#run(JSON.stringify(request));
    } catch (error) {
      // Python answers whatever happens in it. What comes out here ended Python itself.
      return lastWords(error);
    }
  }
}

async function load(extra: object, memoryBytes: number): Promise<PyodideAPI> {
  // What Emscripten asks of Node's internals are the numbers of open flags; the permissions keep all of them from it.
  Object.defineProperty(process, "binding", { value: () => ({ fs: constants }) });
  limitMemory(memoryBytes);
  const pyodide = await loadPyodide({
    jsglobals: Object.create(null),
    env: {},
    fullStdLib: false,
    ...extra,
  } as Parameters<typeof loadPyodide>[0]);
  pyodide.setStdin({ stdin: () => null });
  const printer = boundedPrinter();
  pyodide.setStdout(printer);
  pyodide.setStderr(printer);
  return pyodide;
}

interface Memory {
  readonly buffer: ArrayBuffer;
  grow(pages: number): number;
}

/** Python learns of the limit as a MemoryError, which has a line. */
function limitMemory(mostBytes: number): void {
  // The types of Node leave WebAssembly to those of browsers.
  const { WebAssembly } = globalThis as unknown as { WebAssembly: { Memory: { prototype: Memory } } };
  const { prototype } = WebAssembly.Memory;
  const grow = prototype.grow;
  prototype.grow = function (pages) {
    if (this.buffer.byteLength + pages * PAGE_BYTES > mostBytes) throw new RangeError("no more memory");
    return grow.call(this, pages);
  };
}

function boundedPrinter(): { write: (bytes: Uint8Array) => number } {
  let room = MOST_PRINTED_BYTES + 1;
  return {
    write: (bytes) => {
      const kept = bytes.subarray(0, room);
      room -= kept.length;
      if (kept.length > 0) writeWhole(STDOUT_FD, kept);
      return bytes.length;
    },
  };
}

let bridge: ((request: string) => string) | undefined;

/** The rules of templates are loaded when a configuration first asks: most never do, and they bring zod with them. */
function answerBridge(request: string): string {
  bridge ??= (
    createRequire(import.meta.url)("../template/wire.ts") as { answerBridge: (request: string) => string }
  ).answerBridge;
  return bridge(request);
}
