import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { loadConfig } from "../src/index.ts";

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "borealis-load-"));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

async function load(name: string, content: unknown) {
  const file = join(directory, name);
  await writeFile(file, typeof content === "string" ? content : JSON.stringify(content, null, 2));
  return loadConfig(file);
}

const job = (fields: object = {}, process: object = {}) => ({
  cluster: "c",
  role: "www-data",
  task: {
    processes: [{ name: "p", cmdline: "true", ...process }],
    resources: { cpu: 1, ram: 1048576, disk: 1048576 },
  },
  ...fields,
});
const pathsOf = (problems: readonly { readonly path: string }[] | undefined) =>
  problems?.map(({ path }) => path);

describe("a file", () => {
  it("whose name says nothing is refused with the names that do", async () => {
    const { problems } = await load("hello.txt", "");
    expect(problems?.[0]?.message).toMatch(/\.aurora, \.thermos, \.ts/);
  });

  it("that is none is told to be none", async () => {
    expect((await loadConfig(join(directory, "nothing"))).problems?.[0]?.message).toBe("does not exist");
    expect((await loadConfig(directory)).problems?.[0]?.message).toMatch(/^is a directory/);
  });

  it("may have an extension in capitals", async () => {
    expect((await load("HELLO.JSON", job())).config?.kind).toBe("json");
  });
});

describe("problems", () => {
  it("of attributes, values, references and templates are told at once, as the file has them", async () => {
    const bad = job(
      { role: "a b", instances: "{{ n }}", enviroment: "prod", contact: "{{nobody}}", name: 5 },
      { max_failures: "x", min_duration: -1 },
    );
    const { config } = await load("bad.json", { jobs: [job(), bad] });
    expect(config?.jobs[0]?.problems).toEqual([]);
    expect(pathsOf(config?.jobs[1]?.problems)).toEqual([
      "jobs[1].role",
      "jobs[1].task.processes[0].max_failures",
      "jobs[1].task.processes[0].min_duration",
      "jobs[1].instances",
      "jobs[1].enviroment",
      "jobs[1].contact",
    ]);
  });

  it.each([
    ["many", "must be a whole number (Integer)"],
    ["1e99", "must be a whole number (Integer)"],
    ["{{role}}", 'must be a whole number (Integer), and comes to "www-data"'],
    ["{{ role }}", "blanks are not allowed inside {{ }}: write {{role}}"],
    ["{{instances}}", /^its references may not lead back to it: after 100 rounds/],
  ])("of a template say what is allowed: %s", async (instances, message) => {
    const { config } = await load("words.json", job({ instances }));
    const expected = typeof message === "string" ? message : expect.stringMatching(message);
    expect(config?.jobs[0]?.problems).toMatchObject([{ path: "instances", message: expected }]);
  });

  it("are told once: what could not be filled in is not also of the wrong type", async () => {
    const { config } = await load("once.json", job({ instances: "{{nobody}}" }));
    expect(config?.jobs[0]?.problems).toMatchObject([{ rule: "unbound", path: "instances", line: 17 }]);
  });

  it("of what is bound are told once, and not as if it were bound to nothing", async () => {
    const { config } = await load(
      "bound-wrongly.aurora",
      `class Profile(Struct):
  n = Integer
jobs = [Job(cluster='c', role='r', instances='{{profile.n}}',
  task=SimpleTask('t', 'true')).bind(profile=Profile(n='many'))]
`,
    );
    expect(config?.jobs[0]?.problems.map(({ rule, path }) => [rule, path])).toEqual([
      ["type", "jobs[0].instances"],
    ]);
  });

  it("of a value that was left out are not followed by what it lacks", async () => {
    const { config } = await load("left-out.json", job({ task: [] }));
    expect(pathsOf(config?.jobs[0]?.problems)).toEqual(["task"]);
  });

  it("of what is missing are not followed by the defaults that refer to it", async () => {
    const { config } = await load("missing.json", job({ task: { name: "t" } }));
    expect(pathsOf(config?.jobs[0]?.problems)).toEqual(["task.processes", "task.resources"]);
    const { config: without } = await load("without.json", { cluster: "c", role: "r" });
    expect(pathsOf(without?.jobs[0]?.problems)).toEqual(["task"]);
  });

  it("of the file as a whole come with those of its jobs", async () => {
    const { problems } = await load("stray.json", { jobs: [job({ role: "a b" })], hooks: [] });
    expect(pathsOf(problems)).toEqual(["jobs[0].role", "hooks"]);
  });
});

describe("a job", () => {
  it("whose key another one has is warned of: neither could be picked", async () => {
    const { config } = await load("twins.json", { jobs: [job(), job({ contact: "x" })] });
    expect(
      config?.jobs.map(({ warnings }) => warnings.filter(({ rule }) => rule === "duplicate").length),
    ).toEqual([0, 1]);
    expect(config?.jobs[1]?.warnings.at(-1)?.message).toContain("jobs[0]");
  });

  it("is filled in from the file, then from outside, which wins, then by the standard bindings", async () => {
    const text = "{{role}} {{mesos.role}} {{thermos.user}} {{mesos.cluster}} {{greeting}} {{mesos.instance}}";
    const file = join(directory, "bound.json");
    await writeFile(file, JSON.stringify(job({}, { cmdline: text })));
    const { config } = await loadConfig(file, {
      binds: [
        { address: "greeting", value: "hello" },
        { address: "greeting", value: "good evening" },
        { address: "mesos.role", value: "not this" },
      ],
    });
    const [loaded] = config?.jobs ?? [];
    expect(loaded?.job?.task.processes[0]?.cmdline).toBe(
      "www-data www-data www-data c good evening {{mesos.instance}}",
    );
    expect(loaded?.lateReferences).toEqual(["mesos.instance"]);
  });

  it("has its names from its first process, and its environment from the 2014 reference", async () => {
    const { config } = await load("named.json", job());
    expect(config?.jobs[0]?.key).toBe("c/www-data/devel/p");
  });

  it("without a port map asks for no port that only its own attributes refer to", async () => {
    const { config } = await load("ports.json", job({ contact: "{{thermos.ports[http]}}" }));
    expect(config?.jobs[0]?.ports).toEqual([]);
  });
});

describe("an .aurora file", () => {
  it("is told of unknown attributes together with everything else", async () => {
    const { problems } = await load(
      "many.aurora",
      `task = Task(name='t',
  processs=[1],
  processes=[
    Process(name='.a', cmdline='{{nobody}}')(max_failure=3)],
  resources=Resources(cpu=1, ram=MB, disk=MB, mem=5))
jobs = [Job(cluster='c', role='a b', env='prod', task=task)]
`,
    );
    expect(problems?.map(({ rule, line, suggestion }) => [rule, line, suggestion])).toEqual([
      ["unknown-attribute", 2, "processes"],
      ["unknown-attribute", 4, "max_failures"],
      ["unknown-attribute", 5, undefined],
      ["unknown-attribute", 6, "environment"],
      ["name", 4, undefined],
      ["unbound", 4, undefined],
      ["name", 6, undefined],
    ]);
  });

  it("is told of them too when it ends with an error", async () => {
    const { problems } = await load("ended.aurora", "Process(nme='a')\nundefined_name\n");
    expect(problems?.map(({ rule, line }) => [rule, line])).toEqual([
      ["unknown-attribute", 1],
      ["load", 2],
    ]);
  });
});
