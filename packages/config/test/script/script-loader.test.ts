import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { Problem } from "@borealis/schema";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { LoadedTrees, LoadOptions } from "../../src/api.ts";
import { parseJsonTrees } from "../../src/json/json-loader.ts";
import { loadScript } from "../../src/script/script-loader.ts";
import { interpolate } from "../../src/template/interpolate.ts";
import { toPlain } from "../../src/template/to-plain.ts";

const IMPORT =
  'import { Job, Process, Profile, Task, Resources, MB, order, Struct, Default, String } from "@borealis/config/builders";\n'.replace(
    "Profile, ",
    "",
  );
const JOB =
  'Job({ role: "r", cluster: "c", task: Task({ processes: [{ name: "a", cmdline: "b" }], resources: { cpu: 1, ram: MB, disk: MB } }) })';

let root: string;
let folders = 0;
beforeAll(async () => {
  root = await realpath(await mkdtemp(join(tmpdir(), "borealis-script-")));
});
afterAll(() => rm(root, { recursive: true }));

/** Writes the files, the first of which is the configuration, and loads it. */
async function load(files: Readonly<Record<string, string>>, options: LoadOptions = {}) {
  const folder = join(root, String(folders++));
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), content);
  }
  const file = join(folder, Object.keys(files)[0] ?? "");
  return { file, folder, loaded: await loadScript(file, { environment: {}, ...options }) };
}

const treesOf = async (
  files: Readonly<Record<string, string>>,
  options?: LoadOptions,
): Promise<LoadedTrees> => {
  const { loaded } = await load(files, options);
  if ("problems" in loaded) throw new Error(JSON.stringify(loaded.problems));
  return loaded;
};

/** Problems with file names relative to the configuration's folder. */
const problemsOf = async (
  files: Readonly<Record<string, string>>,
  options?: LoadOptions,
): Promise<Problem[]> => {
  const { folder, loaded } = await load(files, options);
  if (!("problems" in loaded)) throw new Error("loaded");
  return loaded.problems.map((problem) => ({ ...problem, file: problem.file?.replace(`${folder}/`, "") }));
};

const plainOf = ({ jobs }: LoadedTrees) =>
  jobs.map((job) => toPlain(interpolate(job).node) as Record<string, unknown>);

describe("a configuration in TypeScript or JavaScript", () => {
  it.each(["web.ts", "web.mts", "web.js", "web.mjs"])("exports jobs: %s", async (name) => {
    const typed = name.endsWith("ts") ? "const count: number = 3;\n" : "const count = 3;\n";
    const trees = await treesOf({
      [name]: `${IMPORT}${typed}export const jobs = [${JOB}.with({ instances: count })];`,
    });
    expect(plainOf(trees)).toMatchObject([{ role: "r", instances: 3, task: { processes: [{ name: "a" }] } }]);
    expect(trees).toMatchObject({ tasks: [], notices: [] });
  });

  it.each([
    ["a default list", `${IMPORT}export default [${JOB}];`],
    ["a default job", `${IMPORT}export default ${JOB};`],
    ["one job as jobs", `${IMPORT}export const jobs = ${JOB};`],
    ["a plain object", 'export const jobs = [{ role: "r", cluster: "c", task: { name: "t" } }];'],
    ["a module of the older kind", 'module.exports = { jobs: [{ role: "r", cluster: "c" }] };'],
    ["jobs that were waited for", `${IMPORT}export const jobs = await Promise.resolve([${JOB}]);`],
    [
      "what another name of the package gives",
      `${IMPORT.replace("/builders", "")}export const jobs = [${JOB}];`,
    ],
  ])("may export %s", async (_, text) => {
    expect(plainOf(await treesOf({ "web.js": text }))).toMatchObject([{ role: "r", cluster: "c" }]);
  });

  it("may have no jobs yet, of which the caller speaks", async () => {
    expect(await treesOf({ "web.ts": "export const jobs = [];" })).toMatchObject({ jobs: [] });
  });

  it("gives each object the place where it was built", async () => {
    const text = `${IMPORT}interface Gone { a: 1 }\nconst a = Process({ name: "a", cmdline: "b" });\n\n  export const jobs = [Job.partial({ task: Task.partial({ processes: [a] }) })];\n`;
    const { file, loaded } = await load({ "web.ts": text });
    const [job] = "jobs" in loaded ? loaded.jobs : [];
    expect(job?.place).toEqual({ file, line: 5, column: 28 });
    const task = job?.fields.get("task");
    const processes = task?.kind === "struct" ? task.fields.get("processes") : undefined;
    expect(processes?.kind === "list" ? processes.items[0]?.place : undefined).toEqual({
      file,
      line: 3,
      column: 11,
    });
  });

  it("imports what is beside it, and JSON", async () => {
    const trees = await treesOf({
      "web.ts": `${IMPORT}import { profile } from "./lib/profile.ts";\nimport limits from "./limits.json" with { type: "json" };\nexport const jobs = [${JOB}.with({ role: "{{profile.role}}", ...limits }).bind({ profile })];`,
      "lib/profile.ts": `import { Struct, Default, String } from "@borealis/config/builders";\nexport const profile = Struct("Profile", { role: Default(String, "bound") })();`,
      "limits.json": '{ "instances": 4 }',
    });
    expect(plainOf(trees)).toMatchObject([{ role: "bound", instances: 4 }]);
  });

  it("imports from the include root", async () => {
    const { folder } = await load({
      "jobs/a/web.ts": "",
      "jobs/shared.ts": "export const role = 'shared';",
    });
    const file = join(folder, "jobs/a/web.ts");
    const text = `${IMPORT}import { role } from "../shared.ts";\nexport const jobs = [${JOB}.with({ role })];`;
    await writeFile(file, text);
    const loaded = await loadScript(file, { includeRoot: join(folder, "jobs"), environment: {} });
    expect("jobs" in loaded && plainOf(loaded)).toMatchObject([{ role: "shared" }]);
    expect(await loadScript(file, { environment: {} })).toMatchObject({
      problems: [
        {
          rule: "load",
          message: expect.stringMatching(/^imports \.\.\/shared\.ts, which is not in the include root/),
        },
      ],
    });
  });

  it("is shown by the name that it was asked for by, though it lies elsewhere", async () => {
    const { folder } = await load({
      "real/first.ts": `${IMPORT}import "./other.ts";\nexport const jobs = [Job.partial({})];`,
      "real/other.ts": "if (process.env.FAIL) throw new Error();",
    });
    await symlink(join(folder, "real"), join(folder, "link"));
    await symlink(join(folder, "real/first.ts"), join(folder, "real/web.ts"));
    const file = join(folder, "link/web.ts");
    const loaded = await loadScript(file, { environment: {} });
    expect("jobs" in loaded && loaded.jobs[0]?.place).toMatchObject({ file, line: 3 });
    expect(await loadScript(file, { environment: { FAIL: "1" } })).toMatchObject({
      problems: [{ file: join(folder, "link/other.ts"), line: 1 }],
    });
  });

  it("sees the environment it is given, and none of ours", async () => {
    const text = `${IMPORT}export const jobs = [${JOB}.with({ contact: Object.keys(process.env).join(), role: process.env.WHO ?? "" })];`;
    expect(plainOf(await treesOf({ "web.ts": text }, { environment: { WHO: "me" } }))).toMatchObject([
      { contact: "WHO", role: "me" },
    ]);
    process.env["BOREALIS_SECRET"] = "secret";
    const file = join(root, String(folders - 1), "web.ts");
    const inherited = await loadScript(file, {});
    delete process.env["BOREALIS_SECRET"];
    const [job] = "jobs" in inherited ? plainOf(inherited) : [];
    expect(String(job?.["contact"]).split(",")).toContain("PATH");
    expect(job?.["contact"]).not.toContain("BOREALIS_SECRET");
  });

  it("prints notices", async () => {
    const text = `${IMPORT}console.log("loading %d", 5);\nfor (const word of ["a", "b"]) console.error(word);\nexport const jobs = [${JOB}];`;
    const { file, loaded } = await load({ "web.ts": text });
    expect(loaded).toMatchObject({
      notices: [
        { rule: "notice", message: "the configuration printed: loading 5", file, line: 2, column: 9 },
        { message: "the configuration printed: a", line: 3 },
        { message: "the configuration printed: b", line: 3 },
      ],
    });
  });

  it("has places again when it is laid over something, and keeps types of its own", async () => {
    const text = `${IMPORT}const P = Struct("P", { a: Default(String, "x") });\nexport const jobs = [${JOB}.with({ contact: "{{p.a}}" }).bind({ p: P({}) }).bind({ n: 1 })];`;
    expect(plainOf(await treesOf({ "web.ts": text }))).toMatchObject([{ contact: "x" }]);
  });

  it("gives the same trees as the same jobs in JSON", async () => {
    const job = {
      role: "{{profile.role}}",
      cluster: "c",
      instances: 3,
      announce: { portmap: { aurora: "http", admin: "8080" } },
      constraints: { dedicated: "r/x" },
      container: { image: "web", parameters: [{ name: "a", value: "b" }] },
      health_check_config: { interval_secs: 0.5, health_checker: { shell: { shell_command: "true" } } },
      task: {
        processes: [
          { name: "a", cmdline: "echo {{mesos.instance}}" },
          { name: "b", cmdline: "serve {{thermos.ports[http]}}", daemon: true },
        ],
        constraints: [{ order: ["a", "b"] }],
        resources: { cpu: 1, ram: 1024 ** 2, disk: 1024 ** 2 },
      },
    };
    const json = parseJsonTrees(JSON.stringify({ jobs: [job] }), "web.json");
    const text = `
import { Announcer, Docker, HealthCheckConfig, HealthCheckerConfig, Job, MB, Parameter, Process, Resources, SequentialTask, ShellHealthChecker } from "@borealis/config/builders";
export const jobs = [Job({
  role: "{{profile.role}}", cluster: "c", instances: 3,
  announce: Announcer({ portmap: { aurora: "http", admin: "8080" } }),
  constraints: { dedicated: "r/x" },
  container: Docker({ image: "web", parameters: [Parameter({ name: "a", value: "b" })] }),
  health_check_config: HealthCheckConfig({ interval_secs: 0.5, health_checker: HealthCheckerConfig({ shell: ShellHealthChecker({ shell_command: "true" }) }) }),
  task: SequentialTask({
    processes: [Process({ name: "a", cmdline: "echo {{mesos.instance}}" }), Process({ name: "b", cmdline: "serve {{thermos.ports[http]}}", daemon: true })],
    resources: Resources({ cpu: 1, ram: MB, disk: MB }),
  }),
})];`;
    expect("jobs" in json && plainOf(json)).toEqual(plainOf(await treesOf({ "web.ts": text })));
  });
});

describe("what is wrong with a configuration in TypeScript or JavaScript", () => {
  it.each<[string, Record<string, string>, Partial<Problem>]>([
    [
      "a syntax error in TypeScript",
      { "web.ts": "const a = 1;\nexport const jobs = [\n  ( 5\n];" },
      { rule: "syntax", line: 4, column: 1 },
    ],
    [
      "a syntax error in JavaScript",
      { "web.mjs": "const a = 1;\nexport const jobs = [\n  ( 5\n];" },
      { rule: "syntax", line: 4 },
    ],
    [
      "a syntax error in what is imported",
      { "web.ts": 'import "./other.ts";', "other.ts": "let = ;" },
      { rule: "syntax", file: "other.ts", line: 1 },
    ],
    [
      "an enum",
      { "web.ts": "const a = 1;\nenum Colour { Red }" },
      {
        rule: "syntax",
        line: 2,
        message: 'enum is not supported: write const Colour = { Red: "Red" } as const',
      },
    ],
    [
      "a parameter property",
      { "web.ts": "class A { constructor(private x: number) {} }" },
      { rule: "syntax", message: expect.stringMatching(/^a parameter property is not supported: declare/) },
    ],
    [
      "a namespace",
      { "web.ts": "namespace A { export const x = 1 }" },
      { rule: "syntax", message: expect.stringMatching(/^a namespace is not supported/) },
    ],
    [
      "import =",
      { "web.ts": 'import fs = require("fs");' },
      { rule: "syntax", message: expect.stringMatching(/^import … = is not supported/) },
    ],
    [
      "a missing export of another file",
      { "web.ts": 'import { z } from "./other.ts";', "other.ts": "export const a = 1;" },
      { rule: "syntax", line: 1, message: expect.stringContaining("does not provide an export named 'z'") },
    ],
    [
      "an import without its ending",
      { "web.ts": 'import "./other";', "other.ts": "" },
      {
        rule: "load",
        suggestion: expect.stringMatching(/other\.ts$/),
        message: expect.stringMatching(/^imports .*other, which does not exist/),
      },
    ],
    [
      "an import with a typing error",
      { "web.ts": 'import "./profil.ts";', "profile.ts": "" },
      { rule: "load", suggestion: expect.stringMatching(/profile\.ts$/) },
    ],
    [
      "a package that is not there",
      { "web.ts": 'import "left-pad";' },
      { rule: "load", message: expect.stringMatching(/^imports left-pad/) },
    ],
    [
      "JSON imported as a module",
      { "web.ts": 'import a from "./a.json";', "a.json": "{}" },
      { rule: "load", message: expect.stringContaining('with { type: "json" }') },
    ],
    [
      "something thrown",
      { "web.ts": 'const a = 1;\nthrow new Error("no luck");' },
      { rule: "load", line: 2, column: 7, message: "threw Error: no luck" },
    ],
    [
      "something thrown further in",
      { "web.ts": 'import { f } from "./lib/f.ts";\nf();', "lib/f.ts": "\nexport const f = () => null.x;" },
      { file: "lib/f.ts", line: 2 },
    ],
    [
      "something thrown later",
      {
        "web.ts":
          'setImmediate(() => { throw new Error("later"); });\nawait new Promise(() => setTimeout(() => {}, 1e6));',
      },
      { line: 1, message: "threw Error: later" },
    ],
    ["no error thrown", { "web.ts": 'throw "text";' }, { rule: "load", message: 'threw "text"' }],
    [
      "an error that cannot be looked at",
      { "web.ts": 'throw Object.defineProperty(new Error("x"), "stack", { get() { throw 1; } });' },
      { rule: "load" },
    ],
    [
      "no export",
      { "web.ts": "const jobs = [];" },
      { rule: "job", path: "", message: expect.stringMatching(/^exports no jobs: end it with/) },
    ],
    [
      "an export of another name",
      { "web.ts": "export const job = [];" },
      { rule: "job", message: expect.stringContaining("it exports job") },
    ],
    [
      "jobs that are no list",
      { "web.ts": "export const jobs = 5;" },
      { rule: "type", path: "jobs", seen: 5 },
    ],
    [
      "jobs that are a promise",
      { "web.ts": "export const jobs = Promise.resolve([]);" },
      { rule: "type", path: "jobs", message: expect.stringContaining("await") },
    ],
    [
      "an element that is no job",
      { "web.ts": `${IMPORT}export const jobs = [${JOB},\n Process.partial({})];` },
      { rule: "type", path: "jobs[1]", message: "expects a Job, got a Process", line: 3 },
    ],
    [
      "an element that is nothing",
      { "web.ts": "export const jobs = [undefined, 7];" },
      { rule: "type", path: "jobs[0]" },
    ],
    [
      "an unknown attribute",
      { "web.ts": `${IMPORT}\nexport const jobs = [Job({ rol: "x" })];` },
      { rule: "unknown-attribute", path: "rol", line: 3, column: 22, suggestion: "role" },
    ],
    [
      "an unknown attribute of a plain job",
      { "web.ts": 'export const jobs = [{ task: { nam: "x" } }];' },
      { rule: "unknown-attribute", path: "jobs[0].task.nam", suggestion: "name" },
    ],
    ["an import from outside", { "web.ts": 'import "/etc/hosts.mjs";' }, { rule: "load" }],
    ...["fs", "node:fs/promises", "node:child_process", "node:net", "node:module", "node:sqlite"].map(
      (name): [string, Record<string, string>, Partial<Problem>] => [
        `${name}, imported`,
        { "web.ts": `const a = 1;\nimport "${name}";` },
        {
          rule: "load",
          line: 2,
          column: 8,
          message: expect.stringMatching(`^imports ${name}, which a configuration may not`),
        },
      ],
    ),
    [
      "node:fs, required",
      { "web.js": 'const a = 1;\nrequire("node:fs");\nmodule.exports = {};' },
      { file: "web.js", line: 2, message: expect.stringMatching(/^imports node:fs, which/) },
    ],
    ...["getBuiltinModule('fs')", "binding('fs')", "loadEnvFile('x')"].map(
      (call): [string, Record<string, string>, Partial<Problem>] => [
        `process.${call}`,
        { "web.ts": `process.${call};` },
        { rule: "load", line: 1, message: expect.stringMatching(/^may not call \w+: /) },
      ],
    ),
    ["the network by fetch", { "web.ts": 'await fetch("http://localhost");' }, { rule: "load", line: 1 }],
    [
      "process.exit",
      { "web.ts": "const a = 1;\nprocess.exit(0);" },
      { rule: "load", line: 2, message: expect.stringMatching(/^calls process\.exit\(\)/) },
    ],
    [
      "process.exit that is caught",
      { "web.ts": "try { process.exit(0); } catch {}\nexport const jobs = [];" },
      { rule: "load", message: expect.stringMatching(/^calls process\.exit\(\)/) },
    ],
    [
      "a hard end",
      { "web.ts": "process.reallyExit(0);" },
      { rule: "load", message: "ended the process that ran it (exit code 0)" },
    ],
    [
      "an await that never ends",
      { "web.ts": "await new Promise(() => {});\nexport const jobs = [];" },
      { rule: "load", message: expect.stringMatching(/^is never done: an await/) },
    ],
    ["nothing that is text", { "web.ts": "\0\0\0" }, { rule: "syntax" }],
  ])("is told: %s", async (_, files, expected) => {
    const problems = await problemsOf(files);
    expect(problems).toMatchObject([{ file: Object.keys(files)[0], path: "", ...expected }]);
  });

  const LEAK = "globalThis.leak = (value) => { throw new Error(String(value)); };";
  it.each([
    ["an import", "web.ts", 'import "./out/secret.mjs";'],
    ["an import of JSON", "web.ts", 'import a from "./secret.json" with { type: "json" };\nthrow a.key;'],
    ["a linked import", "web.ts", 'import "./link.ts";'],
    ["an import later", "web.ts", 'await import("./link.ts");'],
    ["a data URL", "web.ts", 'await import("data:text/javascript,import \\"node:fs\\"");'],
    [
      "functions put in place of ours",
      "web.ts",
      "String.prototype.startsWith = Set.prototype.has = Array.prototype.includes = String.prototype.slice = () => true;\n" +
        'throw (await import("./secret.json", { with: { type: "json" } })).default.key;',
    ],
    ["require", "web.js", `${LEAK}\nleak(require("./secret.json").key);`],
    [
      "the loader of the older kind",
      "web.js",
      `${LEAK}\nmodule._compile = leak;\nrequire.extensions[".js"](module, __dirname + "/link.ts");`,
    ],
    ["hooks of its own", "web.js", "module.constructor.registerHooks({});"],
    ["the loader's maps", "web.js", 'module.constructor.findSourceMap("x");'],
    ["Node's own list", "web.js", 'module.constructor._load("fs").readFileSync(__dirname + "/link.ts");'],
    ["a neighbour's name", "web.ts", 'import "./out/secrt.mjs";'],
  ])("is told, and gets nothing through a link out of the include root: %s", async (_, name, text) => {
    const outside = join(root, `outside-${folders}`);
    await mkdir(outside);
    const secrets = { "secret.mjs": 'throw "top secret";', "secret.json": '{ "key": "top secret" }' };
    for (const [file, content] of Object.entries(secrets)) await writeFile(join(outside, file), content);
    const folder = join(root, String(folders));
    await mkdir(folder);
    await symlink(outside, join(folder, "out"));
    await symlink(join(outside, "secret.mjs"), join(folder, "link.ts"));
    await symlink(join(outside, "secret.json"), join(folder, "secret.json"));
    const { loaded } = await load({ [name]: `${text}\nmodule.exports = { jobs: [] };` });
    expect(loaded).toMatchObject({ problems: [{ rule: "load" }] });
    expect(JSON.stringify(loaded)).not.toContain("top secret");
    expect(loaded).not.toMatchObject({ problems: [{ suggestion: expect.anything() }] });
  });

  it.each<[string, string, LoadOptions, string | RegExp]>([
    [
      "a loop that never ends",
      "for (;;) {}",
      { timeoutMs: 300 },
      "was not done after 0.3 s: is there a loop that never ends?",
    ],
    [
      "a wait that lasts",
      "await new Promise((done) => setTimeout(done, 1e6));",
      { timeoutMs: 300 },
      /^was not done after 0\.3 s/,
    ],
    [
      "a memory bomb",
      "const all = []; for (;;) all.push(new Array(1e5).fill({}).map(() => ({})));",
      { memoryBytes: 200 * 1024 ** 2 },
      "needs more than the 200 MB of memory that it may have",
    ],
    [
      "a bomb of buffers",
      "const all = []; for (;;) all.push(Buffer.alloc(1e7, 1));",
      { memoryBytes: 200 * 1024 ** 2 },
      "needs more than the 200 MB of memory that it may have",
    ],
    [
      "jobs without end",
      'const contact = "x".repeat(1e6);\nexport const jobs = Array.from({ length: 70 }, () => ({ contact }));',
      {},
      "defines more than 64 MB of jobs",
    ],
  ])("is told, within the limits: %s", async (_, text, options, message) => {
    const expected = typeof message === "string" ? message : expect.stringMatching(message);
    expect(await problemsOf({ "web.ts": text }, options)).toMatchObject([
      { rule: "limit", message: expected },
    ]);
  });

  it("is that there is no such file", async () => {
    const file = join(root, "missing.ts");
    expect(await loadScript(file, {})).toEqual({
      problems: [{ rule: "load", path: "", file, message: "does not exist" }],
    });
  });

  it("is that it lies outside of the include root", async () => {
    const { file } = await load({ "web.ts": "" });
    const includeRoot = join(root, "elsewhere");
    await mkdir(includeRoot);
    expect(await loadScript(file, { includeRoot })).toMatchObject({
      problems: [{ message: expect.stringMatching(/^is not in the include root/) }],
    });
  });

  it("is of no interest to who does not wait any more", async () => {
    const { file } = await load({ "web.ts": "" });
    await writeFile(file, "for (;;) {}");
    const controller = new AbortController();
    const loading = loadScript(file, { signal: controller.signal, environment: {} });
    setTimeout(() => controller.abort("enough"), 300);
    await expect(loading).rejects.toBe("enough");
  });
});
