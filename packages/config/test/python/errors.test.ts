import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Answer, runBatch, type Source, type Told } from "./batch.ts";

type Case = [what: string, source: string | Source, problem: Partial<Record<keyof Told, unknown>>];

const text = (part: string) => expect.stringContaining(part);

/** Of Python 2, and what documents and haste do to a file: each names the one change. */
const SYNTAX: readonly Case[] = [
  [
    "a print statement",
    'x = 1\nif x:\n  print "hi %s" % x\n',
    { line: 3, column: 3, message: text('print("hi %s" % x)') },
  ],
  ["a print statement with a variable", "print x\n", { message: text("print(x)") }],
  ["a print statement to a stream", 'print >>err, "x"\n', { message: text("print('x', file=err)") }],
  ["an exec statement", 'exec "x = 1"\n', { message: text('exec("x = 1")') }],
  ["an exec statement in a scope", 'exec "x = 1" in d\n', { message: text('exec("x = 1", d)') }],
  [
    "except with a comma",
    "try:\n  x = 1\nexcept ValueError, e:\n  pass\n",
    { line: 3, message: text("except ValueError as e:") },
  ],
  [
    "except with several and a comma",
    "try:\n  x = 1\nexcept (ValueError, KeyError), e:\n  pass\n",
    { line: 3, message: text("except (ValueError, KeyError) as e:") },
  ],
  ["raise with a comma", 'raise ValueError, "x"\n', { message: text('raise ValueError("x")') }],
  ["backticks", "x = `1`\n", { message: text("repr(1)"), column: 5 }],
  ["<>", "if 1 <> 2: pass\n", { message: text("!="), column: 6 }],
  ["an octal number", "x = 0777\n", { message: text("0o777"), column: 5 }],
  ["a long number", "x = 10L\n", { message: text("write `10`") }],
  ["a long hexadecimal number", "x = 0xFFL\n", { message: text("0xFF") }],
  ["ur", 'x = ur"a"\n', { message: text("write `r`") }],
  ["a lambda that takes a tuple apart", "f = lambda (a, b): a\n", { message: text("a, b = pair") }],
  ["a function that takes a tuple apart", "def f(a, (b, c)):\n  pass\n", { message: text("b, c = pair") }],
  ["a name that became a keyword", "async = 1\n", { message: text("`async` is a keyword") }],
  ["tabs among spaces", "if 1:\n\tx = 1\n        y = 2\n", { line: 3, message: text("spaces only") }],
  [
    "a bracket that is never closed",
    'x = Process(name="a",\n',
    { line: 1, column: 12, message: text("a `)` is missing") },
  ],
  [
    "a bracket that is closed by another",
    "x = [Process(name='a')\ny = (1]\n",
    { line: 2, message: text("line 2, column 5") },
  ],
  ["a bracket too many", "x = 1)\n", { column: 6, message: text("remove it") }],
  [
    "a missing comma between lines",
    'Job(\n  name = "a"\n  role = "b")\n',
    { line: 2, column: 13, message: text('`name = "a"`') },
  ],
  ["a missing comma on a line", 'Process(name = "a" cmdline = "b")\n', { line: 1, column: 19 }],
  [
    "a missing comma in a list",
    "x = ['a',\n  Process()\n  Process()]\n",
    { line: 2, message: text("`Process()`") },
  ],
  ["a missing comma in a dict", 'x = {"a": 1 "b": 2}\n', { column: 12 }],
  ["a missing colon", "def f()\n  pass\n", { message: text("def f():") }],
  ["text that is not closed", "x = 'abc\ny = 1\n", { line: 1, column: 5, message: text("end it with `'`") }],
  ["text over several lines", "x = 'abc\n  def'\n", { line: 1, message: text("'''") }],
  ["text that is not closed until the end", 'x = """abc\n\n', { line: 1, message: text('"""') }],
  [
    "escapes of a document",
    "x = [make\\_reducer()]\n",
    { column: 10, message: text("x = [make_reducer()]") },
  ],
  ["quotes of a document", "x = “a”\n", { column: 5, message: text('write `"`') }],
  ["what a document left out", "Job(\n  name = 'x'\n  ...\n)\n", { line: 3, message: text("left out") }],
  ["a shell's prompt", "$ cat x.aurora\n", { line: 1, message: text("shell") }],
  ["an indent for no reason", "x = 1\n  y = 2\n", { line: 2 }],
  ["a keyword given twice", "Process(name='a', name='b')\n", { line: 1, message: text("repeated") }],
  ["a zero byte", "x = 1\0\n", { line: 1 }],
  ["an error in code that is evaluated", "\neval('1 +')\n", { line: 2 }],
];

const RUNTIME: readonly Case[] = [
  [
    "an unknown name",
    "\nx = nowhere\n",
    { rule: "load", message: "nowhere is not defined", line: 2, column: 5 },
  ],
  ["a misspelt name", "Proces(name='a')\n", { suggestion: "Process", line: 1 }],
  [
    "a variable that is not there, though a type is called so",
    "order(process1, process2)\n",
    { message: "process1 is not defined" },
  ],
  ["a name behind a wide character", "x = '\u{1f600}'; nowhere\n", { line: 1, column: 11 }],
  [
    "an unknown attribute",
    "Process(name='a',\n   cmdlin='b')\n",
    { rule: "unknown-attribute", suggestion: "cmdline", line: 2, column: 11 },
  ],
  [
    "an unknown attribute's beginning",
    "Job(env='prod')\n",
    { rule: "unknown-attribute", suggestion: "environment" },
  ],
  [
    "an unknown attribute deep in dicts",
    "Job(task={'processes': [\n  {'nam': 'x'}]})\n",
    { rule: "unknown-attribute", suggestion: "name", line: 2, column: 11 },
  ],
  [
    "an unknown accessor",
    "p = Process()\np.nmae()\n",
    { rule: "unknown-attribute", suggestion: "name", line: 2 },
  ],
  [
    "a value outside of an Enum",
    "Volume(\n  mode='R')\n",
    { rule: "value", allowed: ["RO", "RW"], line: 2, column: 8 },
  ],
  ["a list for text", "Process(name=['a'])\n", { rule: "type", message: text("Process.name"), column: 14 }],
  [
    "an object for a list",
    "Task(processes=Process())\n",
    { rule: "type", message: text("must be a list"), column: 16 },
  ],
  ["text for an object", "Job(task='x')\n", { rule: "type", message: text("Job.task"), column: 10 }],
  ["a type for an object", "Job(task=Task)\n", { rule: "type", message: text("without parentheses") }],
  ["a positional argument", "Process('a')\n", { rule: "type", message: text("name=value"), column: 9 }],
  ["order of a list", "order([Process(name='a')])\n", { rule: "type", suggestion: "order(*processes)" }],
  ["order of a number", "order(5)\n", { message: text("a number") }],
  [
    "SequentialTask with constraints",
    "SequentialTask(processes=[], constraints=order('a'))\n",
    { rule: "plan" },
  ],
  ["bind of None", "Process().bind(x=None)\n", { message: text("can be bound") }],
  ["List of no type", "List('x')\n", { message: text("wants a type") }],
  ["a module of Python 2", "import StringIO\n", { suggestion: "io" }],
  ["a module that is nowhere", "\nimport requests\n", { message: text("no module requests"), line: 2 }],
  ["execfile", "execfile('x')\n", { suggestion: "include('x')" }],
  ["raw_input", "x = raw_input('?')\n", { suggestion: "os.getenv('NAME')" }],
  ["exit", "\nexit()\n", { message: text("only builds objects"), line: 2 }],
  [
    "an exception of its own",
    "def f():\n  raise ValueError('no')\nf()\n",
    { message: "ValueError: no", line: 2, column: 3 },
  ],
  [
    "an exception that can not tell itself",
    "class E(Exception):\n  def __str__(self): raise E\nraise E\n",
    { message: "E", line: 3 },
  ],
  ["a division by zero", "x = 1 / 0\n", { message: text("ZeroDivisionError"), line: 1 }],
  [
    "jobs that is one job",
    "jobs = Job()\n",
    { rule: "job", path: "jobs", line: 1, column: 8, message: text("[job]") },
  ],
  ["a task among jobs", "jobs = [Job(),\n  Task()]\n", { rule: "job", path: "jobs[1]", line: 2, column: 3 }],
  [
    "a number among jobs",
    "jobs = [3]\n",
    { rule: "job", path: "jobs[0]", message: text("a number"), column: 9 },
  ],
  [
    "a dict among jobs that is no job",
    "jobs = [dict(nam='x')]\n",
    { rule: "unknown-attribute", suggestion: "name" },
  ],
  ["export of text", { name: "a.thermos", source: "export('x')\n" }, { rule: "type", line: 1, column: 8 }],
  ["export in an .aurora file", "export(Task())\n", { message: text("export is not defined") }],
];

const LIMITS: readonly Case[] = [
  ["an endless loop", "def f():\n  while True:\n    pass\nf()\n", { rule: "limit", line: 3, message: "" }],
  ["an endless print", "while True: print('x' * 1000)\n", { rule: "limit", line: 1 }],
  [
    "memory without end",
    "x = []\nwhile True:\n  x.append('b' * 10**7)\n",
    { rule: "limit", line: 3, message: text("memory") },
  ],
  [
    "more memory than can be counted",
    "\nx = 'a' * 10**10\n",
    { rule: "limit", line: 2, message: text("memory") },
  ],
  ["recursion without end", "def f(n):\n  return f(n + 1)\nf(0)\n", { rule: "limit", line: 2 }],
  ["an expression that nests without end", `x = ${"-".repeat(100_000)}1\n`, { rule: "limit" }],
  [
    "more values than may be",
    "jobs = [Job(name=str(i)) for i in range(30000)]\n",
    { rule: "limit", message: text("20000 values") },
  ],
  [
    "more bytes than may be",
    "jobs = [Job(name='x' * 10**7)]\n",
    { rule: "limit", message: text("larger than") },
  ],
  [
    "a file that includes itself",
    { name: "self.aurora", source: "include('self.aurora')\n" },
    { rule: "limit", message: text("50 deep") },
  ],
  ["a fork of includes", "include('fork0.inc')\n", { rule: "limit", message: text("1000 includes") }],
];

const INCLUDES: readonly Case[] = [
  [
    "of a missing file",
    "\ninclude('missing.inc')\n",
    { rule: "load", message: text("there is no file missing.inc"), line: 2, column: 1 },
  ],
  [
    "of a file outside",
    "include('../x.inc')\n",
    { rule: "load", suggestion: text("--include-root "), message: text("outside of") },
  ],
  [
    "of a file outside by its whole path",
    "include('/etc/passwd')\n",
    { rule: "load", message: text("/etc/passwd is outside of") },
  ],
  [
    "of a link to outside",
    "include('outlink')\n",
    { rule: "load", message: text("a link that leads to nothing inside") },
  ],
  ["of a directory", "include('sub')\n", { rule: "load", message: text("is a directory") }],
  ["of no path", "include(3)\n", { rule: "load", message: text("a number") }],
  [
    "of a file that is not UTF-8",
    "include('latin.inc')\n",
    { rule: "syntax", file: text("latin.inc"), line: 2, message: text("0xe9") },
  ],
  [
    "of a file with an error",
    "include('sub/wrong.inc')\n",
    { file: text("sub/wrong.inc"), line: 3, column: 5 },
  ],
  [
    "of a file with a syntax error",
    "include('sub/syntax.inc')\n",
    { rule: "syntax", file: text("sub/syntax.inc"), line: 1 },
  ],
];

const GROUPS = { SYNTAX, RUNTIME, LIMITS, INCLUDES };
let directory: string;
const answers = new Map<string, Answer>();

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), "borealis-errors-"));
  mkdirSync(join(directory, "sub"));
  symlinkSync("/etc/passwd", join(directory, "outlink"));
  writeFileSync(join(directory, "self.aurora"), "include('self.aurora')\n");
  for (let n = 0; n < 12; n += 1) {
    writeFileSync(join(directory, `fork${n}.inc`), `include('fork${n + 1}.inc')\n`.repeat(2));
  }
  writeFileSync(join(directory, "fork12.inc"), "");
  writeFileSync(join(directory, "latin.inc"), Buffer.from("x = 1\ny = '\xe9'\n", "latin1"));
  writeFileSync(join(directory, "sub", "wrong.inc"), "\n\nx = y\n");
  writeFileSync(join(directory, "sub", "syntax.inc"), "x = (\n");
  const cases = Object.values(GROUPS).flat();
  const sources = cases.map(([, source]) => (typeof source === "string" ? { source } : source));
  const ran = await runBatch(directory, sources, 4_000);
  cases.forEach(([what], index) => {
    answers.set(what, ran[index] as Answer);
  });
});

afterAll(() => rmSync(directory, { recursive: true, force: true }));

function problemOf(what: string): Told {
  const answer = answers.get(what);
  const [problem, ...more] = answer?.ok ? answer.flaws : (answer?.problems ?? []);
  if (problem === undefined) throw new Error(`no problem: ${JSON.stringify(answer)}`);
  expect(more).toEqual([]);
  return problem;
}

describe("syntax", () => {
  test.each(SYNTAX)("%s", (what, _, expected) => {
    expect(problemOf(what)).toMatchObject({ rule: "syntax", ...expected });
  });
});

describe("what goes wrong while a configuration runs", () => {
  test.each(RUNTIME)("%s", (what, _, expected) => {
    expect(problemOf(what)).toMatchObject(expected);
  });
});

describe("a limit ends", () => {
  test.each(LIMITS)("%s", (what, _, expected) => {
    expect(problemOf(what)).toMatchObject(expected);
  });
});

describe("include", () => {
  test.each(INCLUDES)("%s", (what, _, expected) => {
    expect(problemOf(what)).toMatchObject(expected);
  });
});
