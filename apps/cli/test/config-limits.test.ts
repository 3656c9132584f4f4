import { execFileSync } from "node:child_process";
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { borealis } from "./borealis.ts";

/**
 * Files of a stranger, through the command that a person types: each is refused in a sentence that names it, in bounded
 * time and memory, and nothing of it is left behind.
 */
// Of a busy machine: what has no end would take longer.
vi.setConfig({ testTimeout: 120_000 });

let directory: string;
let folder: string;
let cases = 0;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), "borealis-limits-"));
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A folder of its own for each, with these files. */
function write(files: Readonly<Record<string, string | Buffer>>): void {
  cases += 1;
  folder = join(directory, String(cases));
  mkdirSync(folder);
  mkdirSync(join(folder, "temporary"));
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content);
}

/** Linux tells the children of a thread; on others this looks for none. */
function childrenOf(pid: number): readonly number[] {
  try {
    const text = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8");
    return text.split(" ").filter(Boolean).map(Number);
  } catch {
    return [];
  }
}

async function validate(...names: readonly string[]) {
  return validateWithin(30, names);
}

async function validateWithin(seconds: number, names: readonly string[]) {
  const before = new Set(readdirSync(folder));
  const files = names.map((name) => join(folder, name));
  const running = borealis(["config", "validate", "--timeout", String(seconds), "--", ...files], {
    TMPDIR: join(folder, "temporary"),
    NODE_OPTIONS: "--max-old-space-size=700",
  });
  const seen = new Set<number>();
  const watching = setInterval(() => {
    for (const pid of childrenOf(running.child.pid ?? 0)) seen.add(pid);
  }, 20);
  const code = await running.exit;
  clearInterval(watching);
  expect([...seen].filter(isAlive)).toEqual([]);
  expect(readdirSync(join(folder, "temporary"))).toEqual([]);
  expect(readdirSync(folder).filter((name) => !before.has(name))).toEqual([]);
  return { code, stdout: running.stdout, stderr: running.stderr, seen };
}

/** One that ended and was not waited for counts as gone: it holds nothing but its number. */
function isAlive(pid: number): boolean {
  try {
    return !/^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return false;
  }
}

/** The sentences for a person, without the line of the file that is shown below them. */
async function refusal(name: string, sentence: RegExp): Promise<string> {
  // Where another limit is to be met first, a busy machine gets the time for it.
  const seconds = sentence.source.includes("was not done") ? 2 : 30;
  const { code, stdout, stderr } = await validateWithin(seconds, [name]);
  expect(stdout + stderr).not.toMatch(/Traceback|^\s+at .*:\d|unexpected:|\[object|node:internal/m);
  expect(stderr).toMatch(/^1 file, \d+ jobs?: [1-9]\d* problems?(, \d+ warnings?)?\n$/);
  expect(code).toBe(3);
  expect(stdout.startsWith(join(folder, ""))).toBe(true);
  expect(stdout.length).toBeLessThan(20_000);
  const said = stdout.replaceAll(`${folder}/`, "");
  expect(said).toMatch(sentence);
  return said;
}

const TASK = "task=SimpleTask('t', 'true')";
const JOB = `Job(name='j', role='r', cluster='c', ${TASK})`;
const TOO_SLOW = /was not done after 2 s/;
const TOO_MUCH = /more (?:than the 512 MB of )?memory/;
const CHAIN = 60;

describe("a configuration in Python that has no end is refused", () => {
  test.each<[string, string, RegExp]>([
    ["a loop", "x = 1\nwhile True:\n  pass\n", /^any\.aurora:[23]:\d+: was not done/],
    [
      "a list without end",
      "x = 1\ny = [1 for _ in iter(int, 1)]\n",
      /^any\.aurora:2:\d+: (was not done|the configuration needs)/,
    ],
    ["a sum without end, in C", "x = sum(iter(int, 1))\n", TOO_SLOW],
    ["a pattern that tries everything", "import re\nre.match('(a+)+$', 'a' * 40 + 'b')\n", TOO_SLOW],
    ["a wait", "import time\ntime.sleep(100)\n", TOO_SLOW],
    [
      "a loop that will not be interrupted",
      "while True:\n  try:\n    while True: pass\n  except BaseException: pass\n",
      TOO_SLOW,
    ],
    [
      "a tracer that never returns",
      "import sys\ndef f(*a):\n  while True: pass\nsys.setprofile(f)\njobs = []\n",
      TOO_SLOW,
    ],
    [
      "an error that never says what it is",
      "class E(NameError):\n  def __str__(self):\n    while True: pass\nraise E()\n",
      /^any\.aurora:4:1: E|was not done/,
    ],
    ["jobs without end", "def all():\n  while True: yield Job()\njobs = all()\n", /was not done|more memory/],
    ["three million jobs", `jobs = [${JOB}] * 3000000\n`, /was not done|more than/],
    ["three million numbers", "jobs = [1] * 3000000\n", /was not done|more than/],
    ["a text of a gigabyte", "x = 1\ns = 'a' * 10 ** 9\n", /^any\.aurora:2:5: .*memory/],
    ["a text that doubles", "s = 'a'\nwhile True:\n  s += s\n", /^any\.aurora:3:3: .*memory/],
    ["a list that doubles", "l = [0]\nwhile True:\n  l = l + l\n", /^any\.aurora:3:7: .*memory/],
    ["bytes", "l = []\nwhile True: l.append(bytearray(1000000))\n", TOO_MUCH],
    [
      "objects that are shared, and many when they are counted",
      `p = [Process(name='p%d' % i, cmdline='true') for i in range(5000)]
t = Task(name='t', processes=p, resources=Resources(cpu=1, ram=MB, disk=MB))
jobs = [Job(name='j%d' % i, role='r', cluster='c', task=t) for i in range(2000)]
`,
      /more than 2000000 values|was not done/,
    ],
    [
      "text that doubles sixty times as it is filled in",
      `j = ${JOB}(contact='{{a0}}')
j = j.bind(**{'a%d' % i: '{{a%d}}{{a%d}}' % (i + 1, i + 1) for i in range(${CHAIN})}).bind(a${CHAIN}='x')
jobs = [j]
`,
      /^any\.aurora:1:\d+: jobs\[0\]\.contact: .*more than 10000 references/,
    ],
    ["text without end printed", "while True: print('x' * 1000)\n", /was not done/],
    [
      "a function that calls itself",
      "import sys\nsys.setrecursionlimit(10**9)\ndef f(): f()\nf()\n",
      /too deeply/,
    ],
    [
      "a list that holds itself",
      "l = []\nl.append(l)\njobs = l\n",
      /^any\.aurora:3:8: jobs\[0\]: is not a Job/,
    ],
    ["a dict that holds itself", "d = {}\nd['task'] = d\njobs = [d]\n", /^any\.aurora:3:9: /],
    [
      "a million lists in each other",
      `x = []\nfor i in range(1000000): x = [x]\njobs = [${JOB}(constraints=x)]\n`,
      /must be a dict|too deep/,
    ],
    [
      "a file that includes itself",
      "include('any.aurora')\n",
      /^any\.aurora:1:1: includes are more than 50 deep/,
    ],
  ])("%s", async (_, text, sentence) => {
    write({ "any.aurora": text });
    await refusal("any.aurora", sentence);
  });

  test("a fork of includes, each including the next one twice", async () => {
    const includes = Array.from({ length: 14 }, (_, i) => [
      `f${i}.aurora`,
      `include('f${i + 1}.aurora')\n`.repeat(2),
    ]);
    write({ ...Object.fromEntries(includes), "f14.aurora": "x = 1\n" });
    await refusal("f0.aurora", /^f\d+\.aurora:[12]:1: there are more than 1000 includes/);
  });

  const MULTIPLYING = `b = dict(('a%d' % i, '{{a%d}}{{a%d}}' % (i + 1, i + 1)) for i in range(11))
p = [Process(name='p%d' % i, cmdline='{{a0}}') for i in range(100)]
t = Task(name='t', processes=p, resources=Resources(cpu=1, ram=MB, disk=MB))
jobs = [Job(name='j%d' % i, role='r', cluster='c', task=t).bind(**b).bind(a11='x') for i in range(1000)]
`;

  test("a thousand jobs, each with as much to fill in as one may have", async () => {
    write({ "any.aurora": MULTIPLYING });
    await refusal("any.aurora", /its jobs were not filled in and checked after 12 s|was not done/);
  });

  test.skipIf(process.platform !== "linux")(
    "and while they are filled in, the command can be interrupted",
    async () => {
      write({ "any.aurora": MULTIPLYING });
      const running = borealis(["config", "validate", join(folder, "any.aurora"), "--timeout", "60"]);
      const children = () => childrenOf(running.child.pid ?? 0).length;
      await expect.poll(children, { timeout: 60_000 }).toBe(1);
      await expect.poll(children, { timeout: 60_000 }).toBe(0);
      running.child.kill("SIGINT");
      expect(await running.exit).toBe(130);
    },
  );

  test.skipIf(process.platform !== "linux")("an include of a pipe that nobody writes to", async () => {
    write({ "any.aurora": "include('pipe.aurora')\n" });
    execFileSync("mkfifo", [join(folder, "pipe.aurora")]);
    await refusal("any.aurora", /^any\.aurora:1:1: pipe\.aurora can not be read|was not done/);
  });
});

describe("a configuration in Python that breaks what runs it is refused", () => {
  const answering = (text: string) =>
    `import sys\nsys._getframe(1).f_globals['dump'] = lambda answer: ${text}\njobs = []\n`;
  const told = (problem: object) => answering(`'''${JSON.stringify({ ok: false, problems: [problem] })}'''`);

  test.each<[string, string, RegExp]>([
    ["it exits", "import sys\nsys.exit(0)\n", /^any\.aurora:2:1: the configuration ended itself/],
    ["it exits at once", "import os\nos._exit(0)\n", /ended it/],
    [
      "it starts a thread",
      "import threading\nthreading.Thread(target=print).start()\n",
      /^any\.aurora:2:1: /,
    ],
    [
      "it closes what is written to",
      `import os, sys\nsys.stdout.close()\nfor fd in range(6):\n  try: os.close(fd)\n  except OSError: pass\nx.y\n`,
      /any\.aurora/,
    ],
    ["it changes our classes", `Process.__init__ = None\njobs = [${JOB}]\n`, /^any\.aurora:2:\d+: TypeError/],
    [
      "it takes Python's own functions away",
      `import builtins, json\njson.dumps = None\nbuiltins.isinstance = lambda *a: True\nbuiltins.len = builtins.str = None\njobs = [${JOB}]\n`,
      /any\.aurora/,
    ],
    [
      "an error that can not be looked at",
      "class E(BaseException):\n  def __str__(self): raise self\n  __repr__ = __str__\nraise E()\n",
      /^any\.aurora:4:1: E/,
    ],
    ["it answers in our stead: nothing", answering("None"), /gave no answer|ended the process/],
    ["no problems", answering(`'{"ok": false}'`), /gave no answer/],
    ["null", answering("'null'"), /gave no answer/],
    ["that its image of Python is broken", answering(`'{"broken": true}'`), /gave no answer/],
    ["no jobs", answering(`'{"ok": true}'`), /can not be read/],
    ["what is no JSON", answering("'['"), /gave no answer/],
    ["brackets", answering("'[' * 1000000"), /gave no answer/],
    [
      "a problem of nonsense",
      told({ rule: "none", path: 4, message: { toString: 1 }, line: -3 }),
      /gave no answer/,
    ],
    [
      "a place that is none",
      told({ rule: "load", path: "", message: "words", line: 1e300, column: -1 }),
      /^any\.aurora: words/,
    ],
    [
      "a place in a file of the host's",
      told({ message: "words", file: "/etc/passwd", line: 1 }),
      /^any\.aurora: words/,
    ],
    [
      "endless words",
      answering(`'{"ok": false, "problems": [{"message": "' + 'm' * 5000000 + '"}]}'`),
      /m…m/,
    ],
  ])("%s", async (_, text, sentence) => {
    write({ "any.aurora": text });
    const said = await refusal("any.aurora", sentence);
    expect(said).not.toContain("root:");
  });

  test("or it is loaded, when all that it breaks is its own", async () => {
    write({ "any.aurora": `import sys\nsys.modules.clear()\nsys.meta_path.clear()\njobs = [${JOB}]\n` });
    expect(await validate("any.aurora")).toMatchObject({ code: 0, stdout: "" });
  });
});

const IMPORT = 'import { Job, SimpleTask } from "@borealis/config/builders";\n';
const BUILT = 'Job({ name: "j", role: "r", cluster: "c", task: SimpleTask("t", "true") })';

describe("a configuration in TypeScript that has no end is refused", () => {
  test.each<[string, string, RegExp]>([
    ["a loop", "for (;;);\n", TOO_SLOW],
    [
      "a loop of promises",
      "const f = () => Promise.resolve().then(f);\nawait f();\n",
      /was not done|more than/,
    ],
    ["a wait", "await new Promise((done) => setTimeout(done, 100_000));\n", TOO_SLOW],
    ["a wait of the thread", "Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);\n", TOO_SLOW],
    ["a wait for nothing", "await new Promise(() => {});\n", /is never done/],
    ["a pattern that tries everything", '/^(a+)+$/.test("a".repeat(50) + "b");\n', TOO_SLOW],
    ["a getter", "export const jobs = [{ get role() { for (;;); } }];\n", TOO_SLOW],
    [
      "an error that can not be looked at",
      "throw new Proxy({}, { get() { for (;;); } });\n",
      /was not done|threw/,
    ],
    [
      "three million jobs",
      `${IMPORT}export const jobs = Array(3_000_000).fill(${BUILT});\n`,
      /more than 2000000 values/,
    ],
    ["four billion jobs", "export const jobs = new Array(4294967295);\n", /was not done|needs more|jobs/],
    ["a text that doubles", 'let s = "x";\nfor (;;) s += s;\n', /^any\.ts:2:\d+: threw RangeError/],
    [
      "many texts",
      'const l: string[] = [];\nfor (let i = 0; ; i++) l.push(("y" + i).repeat(1000));\n',
      TOO_MUCH,
    ],
    ["a buffer of a terabyte", "new ArrayBuffer(2 ** 40);\n", /^any\.ts:1:\d+: threw RangeError/],
    ["buffers", "const l: unknown[] = [];\nfor (;;) l.push(new Uint8Array(1 << 24).fill(1));\n", TOO_MUCH],
    ["text without end printed", 'for (;;) console.log("x".repeat(1000));\n', TOO_SLOW],
    [
      "a list that holds itself",
      "const l: unknown[] = [];\nl.push(l);\nexport const jobs = l;\n",
      /too deeply, or holds itself/,
    ],
    [
      "lists in each other",
      'let x: unknown = {};\nfor (let i = 0; i < 100_000; i++) x = [x];\nexport const jobs = [{ role: "r", task: x }];\n',
      /too deeply/,
    ],
    ["words without end", 'throw new Error("x".repeat(100_000_000));\n', /any\.ts/],
    [
      "a file that imports itself",
      'import { jobs as j } from "./any.ts";\nexport const jobs = j;\n',
      /^any\.ts:2:\d+: threw ReferenceError/,
    ],
  ])("%s", async (_, text, sentence) => {
    write({ "any.ts": text });
    await refusal("any.ts", sentence);
  });

  test.skipIf(process.platform !== "linux")("an import of a pipe that nobody writes to", async () => {
    write({ "any.ts": 'import "./pipe.ts";\n' });
    execFileSync("mkfifo", [join(folder, "pipe.ts")]);
    await refusal("any.ts", TOO_SLOW);
  });
});

describe("a configuration in TypeScript that breaks what runs it is refused", () => {
  const answering = (answer: unknown) =>
    `JSON.stringify = () => ${JSON.stringify(JSON.stringify(answer))};\n`;
  const failing = (error: object) =>
    answering({ ok: false, error: { rule: "load", message: "words", ...error } });
  const odd = { toString: 1, valueOf: 1 };

  test.each<[string, string, RegExp]>([
    ["it exits", "process.exit(0);\n", /^any\.ts:1:\d+: calls process\.exit/],
    ["it exits at once", "process.reallyExit(0);\n", /any\.ts/],
    ["it aborts", "process.abort();\n", /any\.ts/],
    [
      "it changes lists and promises",
      "Array.prototype.map = Promise.race = Promise.prototype.then = null as any;\n",
      /any\.ts/,
    ],
    ["it answers in our stead: nothing", "JSON.stringify = () => undefined as any;\n", /gave no answer/],
    ["what is no JSON", 'JSON.stringify = () => "garbage";\n', /gave no answer/],
    ["brackets", 'JSON.stringify = () => "[".repeat(1_000_000);\n', /gave no answer/],
    ["null", answering(null), /gave no answer/],
    [
      "files that are none",
      answering({ ok: true, message: { nodes: [], jobs: [], files: [odd] } }),
      /No job defined/,
    ],
    [
      "notices that are none",
      answering({ ok: true, message: { nodes: [], jobs: [] }, notices: [{ text: odd, at: odd }] }),
      /No job defined/,
    ],
    [
      "a problem of nonsense",
      failing({ rule: odd, message: odd, path: odd, allowed: [odd], suggestion: odd }),
      /gave no answer/,
    ],
    ["a place that is none", failing({ line: 1e300, column: -1.5 }), /^any\.ts: words/],
    [
      "a place in a file of the host's",
      failing({ file: "/etc/passwd", line: 1, column: 1 }),
      /^any\.ts: words/,
    ],
    ["endless words", failing({ message: "m".repeat(5_000_000) }), /m…m/],
  ])("%s", async (_, text, sentence) => {
    write({ "any.ts": text });
    const said = await refusal("any.ts", sentence);
    expect(said).not.toContain("root:");
  });

  test.skipIf(process.platform !== "linux")("a place in a pipe that nobody writes to", async () => {
    write({ "any.ts": "" });
    execFileSync("mkfifo", [join(folder, "pipe.ts")]);
    writeFileSync(join(folder, "any.ts"), failing({ file: join(folder, "pipe.ts"), line: 1, column: 1 }));
    await refusal("any.ts", /^pipe\.ts:1:1: words/);
  });
});

describe("JSON that has no end is refused", () => {
  test.each<[string, string, RegExp]>([
    [
      "a hundred thousand lists in each other",
      "[".repeat(100_000) + "]".repeat(100_000),
      /nested too deeply/,
    ],
    ["and not closed", "[".repeat(100_000), /nested too deeply|is not JSON/],
    ["objects in each other", '{"task":'.repeat(100_000), /nested too deeply|is not JSON/],
    ["three million jobs", `{"jobs":[${"1,".repeat(2_999_999)}1]}`, /holds more than 500000 values/],
    [
      "twenty thousand jobs",
      `{"jobs":[${"{},".repeat(19_999)}{}]}`,
      /defines 20000 jobs, and a file may define 10000/,
    ],
  ])("%s", async (_, text, sentence) => {
    write({ "any.json": text });
    await refusal("any.json", sentence);
  });
});

describe("a file that is no text of a person's is refused", () => {
  const KINDS = ["aurora", "thermos", "ts", "json"] as const;

  test.each(KINDS)("50 MB of .%s", async (kind) => {
    write({ [`any.${kind}`]: "" });
    truncateSync(join(folder, `any.${kind}`), 50 * 1024 ** 2);
    await refusal(`any.${kind}`, /larger than/);
  });

  test("50 MB that are included", async () => {
    write({ "any.aurora": "x = 1\ninclude('big.aurora')\n", "big.aurora": "" });
    truncateSync(join(folder, "big.aurora"), 50 * 1024 ** 2);
    await refusal("any.aurora", /^any\.aurora:2:1: the included files are larger than/);
  });

  test.each(KINDS)(
    "an empty .%s, one of a mark only, one of other text and one of zeros are told of together",
    async (kind) => {
      const contents = {
        [`empty.${kind}`]: "",
        [`mark.${kind}`]: "\ufeff",
        [`utf16.${kind}`]: Buffer.from("\ufeffjobs = []", "utf16le"),
        [`zeros.${kind}`]: "a\0b",
      };
      write(contents);
      const { code, stdout, stderr } = await validate(...Object.keys(contents));
      for (const name of Object.keys(contents)) expect(stdout).toContain(join(folder, name));
      expect(stdout).toMatch(/utf16\.\w+:1:1: is not UTF-8/);
      expect({ code, stderr }).toEqual({ code: 3, stderr: "4 files, 0 jobs: 4 problems\n" });
    },
  );

  test.skipIf(process.platform !== "linux").each(KINDS)(
    "a directory, a pipe, a socket, a device and links that lead nowhere, called .%s, are told of together",
    async (kind) => {
      write({});
      mkdirSync(join(folder, `directory.${kind}`));
      execFileSync("mkfifo", [join(folder, `pipe.${kind}`)]);
      symlinkSync("/dev/zero", join(folder, `zero.${kind}`));
      symlinkSync("/proc/self/pagemap", join(folder, `endless.${kind}`));
      symlinkSync(`circle.${kind}`, join(folder, `circle.${kind}`));
      symlinkSync("nowhere", join(folder, `nowhere.${kind}`));
      const socket = createServer();
      await new Promise<void>((resolve) => socket.listen(join(folder, `socket.${kind}`), resolve));
      const names = ["directory", "pipe", "zero", "endless", "circle", "nowhere", "socket"];
      try {
        const { code, stdout, stderr, seen } = await validate(...names.map((name) => `${name}.${kind}`));
        const sentences = stdout
          .trimEnd()
          .split("\n")
          .map((line) => line.replace(`${folder}/`, ""));
        expect(sentences).toEqual([
          `directory.${kind}: is a directory`,
          `pipe.${kind}: is no regular file`,
          `zero.${kind}: is no regular file`,
          expect.stringMatching(/^endless\.\w+: /),
          expect.stringMatching(/^circle\.\w+: cannot be read: ELOOP/),
          `nowhere.${kind}: does not exist`,
          expect.stringMatching(/^socket\.\w+: /),
        ]);
        expect({ code, stderr }).toEqual({ code: 3, stderr: "7 files, 0 jobs: 7 problems\n" });
        // None of them was worth starting anything for.
        expect(seen.size).toBe(0);
      } finally {
        await new Promise((resolve) => socket.close(resolve));
      }
    },
  );

  test.skipIf(process.getuid?.() === 0)("one that may not be read", async () => {
    write({ "any.json": "{}" });
    execFileSync("chmod", ["000", join(folder, "any.json")]);
    await refusal("any.json", /may not be read by this user/);
  });

  test("one whose name says nothing", async () => {
    write({ any: "{}" });
    await refusal("any", /rename it/);
  });
});

describe("a good file is read", () => {
  const GOOD = {
    aurora: `jobs = [${JOB}]\n`,
    ts: `${IMPORT}export const jobs = [${BUILT}];\n`,
    json: JSON.stringify({
      role: "r",
      cluster: "c",
      task: {
        processes: [{ name: "t", cmdline: "true" }],
        resources: { cpu: 1, ram: 2 ** 26, disk: 2 ** 26 },
      },
    }),
  };
  const NAMES = [
    "with blanks",
    "with\na new line",
    "with '\"` quotes",
    "with ünï©ode 😀",
    "-with-a-dash",
    "%41#?&",
    "a*b",
    "a,b",
    "$(x)",
  ];

  test.each(Object.entries(GOOD))("whatever its name is: .%s", async (kind, text) => {
    const names = NAMES.map((name) => `${name}.${kind}`);
    write(Object.fromEntries(names.map((name) => [name, text])));
    expect(await validate(...names)).toMatchObject({
      code: 0,
      stderr: `${NAMES.length} files, ${NAMES.length} jobs: 0 problems\n`,
    });
  });

  test("with the line ends of another system and a mark in front", async () => {
    const files = Object.entries(GOOD).map(([kind, text]) => [
      `any.${kind}`,
      `\ufeff${text.replaceAll("\n", "\r\n")}`,
    ]);
    write(Object.fromEntries(files));
    expect(await validate("any.aurora", "any.ts", "any.json")).toMatchObject({ code: 0, stdout: "" });
  });

  test("and a bad one beside it is told of", async () => {
    write({ "good.json": GOOD.json, "bad.json": "{", "worse.aurora": "jobs = [\n" });
    const { code, stdout, stderr } = await validate("bad.json", "good.json", "worse.aurora");
    expect(stdout).toMatch(/bad\.json:1:/);
    expect(stdout).toMatch(/worse\.aurora:1:/);
    expect({ code, stderr }).toEqual({ code: 3, stderr: "3 files, 1 job: 2 problems\n" });
  });

  test("whole or not at all while somebody writes it again and again", async () => {
    const other = GOOD.json.replace('"r"', '"another-role"');
    write({ "any.json": GOOD.json });
    const file = join(folder, "any.json");
    let turn = 0;
    const writing = setInterval(() => {
      turn += 1;
      writeFileSync(file, turn % 2 === 0 ? GOOD.json : other);
    }, 1);
    try {
      for (let run = 0; run < 5; run++) {
        const { code, stderr } = await validate("any.json");
        expect(stderr).toMatch(
          code === 0 ? /^1 file, 1 job: 0 problems\n$/ : /^1 file, 0 jobs: 1 problem\n$/,
        );
      }
    } finally {
      clearInterval(writing);
    }
  });
});

describe("a directory that has a * in its name", () => {
  const READING = `throw JSON.stringify(await import("../secret.json", { with: { type: "json" } }));\n`;

  test("gives a configuration in it nothing beside it", async () => {
    write({ "secret.json": '{ "key": "secret" }' });
    mkdirSync(join(folder, "*"));
    writeFileSync(join(folder, "*/any.ts"), READING);
    writeFileSync(join(folder, "*/any.aurora"), `jobs = open('../secret.json').read()\n`);
    const { code, stdout } = await validate("*/any.ts", "*/any.aurora");
    expect(code).toBe(3);
    expect(stdout).toMatch(/any\.ts: can not be fenced/);
    expect(stdout).not.toContain('"secret"');
  });
});
