import { mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Problem } from "@borealis/schema";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { LoadedTrees, LoadOptions } from "../../src/api.ts";
import { loadAurora } from "../../src/python/aurora-loader.ts";

let directory: string;
const before = process.env["XDG_CACHE_HOME"];

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), "borealis-aurora-"));
  process.env["XDG_CACHE_HOME"] = join(directory, "cache");
  // The first of all makes the snapshot that the others start from.
  await load("jobs = []");
});

afterAll(() => {
  if (before === undefined) delete process.env["XDG_CACHE_HOME"];
  else process.env["XDG_CACHE_HOME"] = before;
  rmSync(directory, { recursive: true, force: true });
});

let count = 0;

function nextName(): string {
  count += 1;
  return `config${count}.aurora`;
}

function file(source: string | Buffer, name = nextName()): string {
  const path = join(directory, name);
  writeFileSync(path, source);
  return path;
}

async function load(source: string | Buffer, options: LoadOptions = {}, name?: string) {
  return loadAurora(file(source, name), options);
}

function trees(loaded: Awaited<ReturnType<typeof loadAurora>>): LoadedTrees {
  if ("problems" in loaded) throw new Error(JSON.stringify(loaded.problems));
  return loaded;
}

function problems(loaded: Awaited<ReturnType<typeof loadAurora>>): readonly Problem[] {
  if (!("problems" in loaded)) throw new Error("it loaded");
  return loaded.problems;
}

describe("an .aurora file", () => {
  test("is loaded as trees with places", async () => {
    const { jobs, tasks, notices } = trees(await load("jobs = [\n  Job(name='x', instances=2)]"));
    expect(jobs).toHaveLength(1);
    expect(jobs[0]?.place).toMatchObject({ line: 2, column: 3 });
    expect(jobs[0]?.fields.get("name")).toMatchObject({ value: "x", place: { line: 2, column: 12 } });
    expect(tasks).toEqual([]);
    expect(notices).toEqual([]);
  });

  test("that has no jobs is loaded as such: it may be there to be included", async () => {
    expect(trees(await load("x = 1")).jobs).toEqual([]);
  });

  test("has what it prints and the hooks it names told as notices", async () => {
    const { notices } = trees(await load("print('hello')\nhooks = [1]\njobs = []"));
    expect(notices.map(({ rule, message }) => [rule, message])).toEqual([
      ["notice", expect.stringContaining("hooks are ignored")],
      ["notice", "the configuration printed: hello"],
    ]);
  });

  test("sees the environment that it is given, and a user's name", async () => {
    const source = "import os\njobs = [Job(name=os.environ['A'], role=os.getenv('USER'))]";
    const { jobs } = trees(await load(source, { environment: { A: "b" } }));
    expect(jobs[0]?.fields.get("name")).toMatchObject({ value: "b" });
    expect(jobs[0]?.fields.get("role")).toMatchObject({ value: expect.stringMatching(/./) });
  });

  test("sees this process's environment, but for our own variables, when it is given none", async () => {
    process.env["BOREALIS_FOR_TEST"] = "secret";
    const source =
      "import os\nprint(os.environ.get('PATH') is not None, os.environ.get('BOREALIS_FOR_TEST'))";
    expect(trees(await load(source)).notices[0]?.message).toBe("the configuration printed: True None");
  });

  test("includes from its directory, and from above when it may", async () => {
    mkdirSync(join(directory, "team"), { recursive: true });
    file("name = 'shared'\n", "common.inc");
    const source = "include('../common.inc')\njobs = [Job(name=name)]";
    expect(problems(await load(source, {}, "team/a.aurora"))[0]?.suggestion).toBe(
      `--include-root ${directory}`,
    );
    expect(trees(await load(source, { includeRoot: directory }, "team/a.aurora")).jobs).toHaveLength(1);
  });

  test("is loaded through a link", async () => {
    mkdirSync(join(directory, "linked"), { recursive: true });
    symlinkSync(join(directory, "linked"), join(directory, "by-link"));
    file("name = 'beside'\n", "linked/beside.inc");
    file("include('beside.inc')\njobs = [Job(name=name)]", "linked/a.aurora");
    expect(trees(await loadAurora(join(directory, "by-link", "a.aurora"), {})).jobs).toHaveLength(1);
  });

  test("names the file that a problem is in when that is an included one", async () => {
    file("\nx = y\n", "wrong.inc");
    const [problem] = problems(await load("include('wrong.inc')"));
    expect(problem).toMatchObject({
      file: join(directory, "wrong.inc"),
      line: 2,
      message: "y is not defined",
    });
    expect(problems(await load("x = y"))[0]).not.toHaveProperty("file");
  });

  test("of a thousand jobs is loaded", async () => {
    const source = `
def process(i, k): return Process(name='p%d' % k, cmdline='run {{thermos.ports[http]}} %d' % i)
jobs = [Service(name='job%d' % i, cluster='c', role='www', environment='prod', instances=i + 1,
    task=SequentialTask(processes=[process(i, 0), process(i, 1)], resources=Resources(cpu=0.1, ram=16*MB, disk=GB/2)),
    announce=Announcer(portmap={'a': 'http'})) for i in range(1000)]`;
    expect(trees(await load(source)).jobs).toHaveLength(1000);
  });
});

test("a .thermos file exports tasks, of which a dict is one", async () => {
  const { tasks, jobs } = trees(
    await load("export(Task(name='a'))\nexport({'name': 'b'})\njobs = [1]", {}, "x.thermos"),
  );
  expect(tasks.map(({ fields }) => fields.get("name"))).toMatchObject([{ value: "a" }, { value: "b" }]);
  expect(jobs).toEqual([]);
});

describe("what is no configuration", () => {
  test.each<[string, () => string, Partial<Problem>]>([
    ["a missing file", () => join(directory, "nothing.aurora"), { rule: "load", message: "does not exist" }],
    ["a directory", () => directory, { rule: "load" }],
    ["a device", () => "/dev/null", { rule: "load", message: "is no regular file" }],
    [
      "Latin-1",
      () => file(Buffer.from("a = 1\nx = '\xe9'", "latin1")),
      { rule: "syntax", line: 2, column: 6 },
    ],
    [
      "bytes of no meaning",
      () => file(Buffer.from([0xff, 0xfe, 0, 1])),
      { rule: "syntax", line: 1, column: 1 },
    ],
  ])("%s is told of", async (_, make, expected) => {
    expect(problems(await loadAurora(make(), {}))).toEqual([expect.objectContaining(expected)]);
  });

  test("50 MB are refused", async () => {
    const path = file("");
    truncateSync(path, 50 * 1024 * 1024);
    expect(problems(await loadAurora(path, {}))[0]).toMatchObject({ rule: "limit" });
  });

  test("a root that is none, or too much, is refused", async () => {
    expect(problems(await load("", { includeRoot: join(directory, "nowhere") }))[0]?.message).toContain(
      "is no directory",
    );
    expect(problems(await load("", { includeRoot: "/" }))[0]?.message).toContain("--include-root");
  });
});

describe("a configuration that goes too far ends", () => {
  test.each<[string, string, Partial<Problem>]>([
    [
      "in time, with its line",
      "def f():\n  while True:\n    pass\nf()",
      { rule: "limit", line: 3, message: expect.stringContaining("0.5 s") },
    ],
    [
      "in time, though it catches the interrupt",
      "while True:\n  try:\n    while True: pass\n  except BaseException: pass",
      { rule: "limit" },
    ],
    ["in time, though it is in a loop of C", "sum(__import__('itertools').repeat(1))", { rule: "limit" }],
    [
      "within its memory",
      "x = []\nwhile True: x.append('b' * 10**7)",
      { rule: "limit", line: 2, message: expect.stringContaining("191 MB") },
    ],
    [
      "where Python itself gives up",
      "x = []\nfor i in range(100000): x = [x]\nrepr(x)",
      { rule: "limit", message: expect.stringContaining("too deeply") },
    ],
  ])("%s", async (name, source, expected) => {
    const timeoutMs = name.startsWith("in time") ? 500 : 10_000;
    const loaded = await load(source, { timeoutMs, memoryBytes: 200_000_000 });
    expect(problems(loaded)[0]).toMatchObject(expected);
  });

  test("when it is given up, with the reason", async () => {
    const controller = new AbortController();
    const loading = load("while True: pass", { signal: controller.signal });
    setTimeout(() => controller.abort(new Error("enough")), 300);
    await expect(loading).rejects.toThrow("enough");
    await expect(load("", { signal: controller.signal })).rejects.toThrow("enough");
  });
});
