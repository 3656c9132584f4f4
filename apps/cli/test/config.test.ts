import { readFileSync } from "node:fs";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { borealis, expectPlainError, finished } from "./borealis.ts";

const MEGABYTE = 1024 ** 2;
const RESOURCES = { cpu: 1, ram: 16 * MEGABYTE, disk: 16 * MEGABYTE };

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "borealis-config-test-"));
});
afterAll(async () => {
  await rm(directory, { recursive: true, force: true });
});

type Fields = Readonly<Record<string, unknown>>;

function job(fields: Fields = {}, task: Fields = {}): Fields {
  return {
    role: "www-data",
    cluster: "west",
    environment: "prod",
    name: "web",
    ...fields,
    task: {
      processes: [{ name: "web", cmdline: "serve --port {{thermos.ports[http]}}" }],
      resources: RESOURCES,
      ...task,
    },
  };
}

async function write(name: string, content: unknown): Promise<string> {
  const file = join(directory, name);
  await mkdir(join(file, ".."), { recursive: true });
  await writeFile(file, typeof content === "string" ? content : JSON.stringify(content, undefined, 2));
  return file;
}

const config = (...args: string[]) => finished(["config", ...args]);

const BROKEN = `{
  "jobs": [{
    "role": "www data",
    "cluster": "west",
    "instances": 0,
    "cron_collision_policy": "CANCEL_NWE",
    "task": {
      "resources": {"cpu": 1, "ram": 16777216, "disk": 16777216},
      "processes": [{"name": "web", "cmdline": "{{profile.cmd}}", "max_failures": -1}]
    }
  }]
}
`;

test("list shows the jobs of all files, problems counted, and what can not be read on stderr", async () => {
  const good = await write("list.json", {
    jobs: [
      job({ service: true, instances: 3, announce: {} }),
      job({ name: "nightly", cron_schedule: "0 3 * * *" }, { processes: [{ name: "n", cmdline: "true" }] }),
    ],
  });
  const bad = await write("list-bad.json", BROKEN);
  const { code, stdout, stderr } = await config("list", good, bad, join(directory, "nosuch.json"));
  expect(code).toBe(3);
  expect(stdout.split("\n").map((line) => line.split(/\s{2,}/))).toEqual([
    ["FILE", "KEY", "INSTANCES", "KIND", "PORTS", "PROBLEMS", "WARNINGS"],
    [good, "west/www-data/prod/web", "3", "service", "http", "0", "0"],
    [good, "west/www-data/prod/nightly", "1", "cron", "0", "0"],
    [bad, "west/www data/devel/web", "-", "-", expect.stringMatching(/^[1-9]/), "0"],
    [""],
  ]);
  expectPlainError(stderr);
  expect(stderr).toContain("nosuch.json");
  const json = await config("list", good, "-o", "json");
  expect(json.code).toBe(0);
  expect(JSON.parse(json.stdout)).toEqual([
    {
      file: good,
      jobs: [
        expect.objectContaining({ key: "west/www-data/prod/web", kind: "service", ports: ["http"] }),
        expect.objectContaining({ kind: "cron", instances: 1 }),
      ],
    },
  ]);
});

test("validate tells all problems of all files with their places, and shows the lines", async () => {
  const bad = await write("bad.json", BROKEN);
  const worse = await write("worse.json", '{\n  "jobs": [\n');
  const { code, stdout, stderr } = await config("validate", bad, worse);
  expect(code).toBe(3);
  expect(stdout).toContain(
    `${bad}:3:5: jobs[0].role: may hold only letters, digits, '_', '-' and '.' (saw "www data")\n    3 |     "role": "www data",\n      |     ^\n`,
  );
  for (const part of [
    `${bad}:5:5: jobs[0].instances: `,
    `${bad}:6:5: jobs[0].cron_collision_policy: `,
    'did you mean "CANCEL_NEW"?',
    "jobs[0].task.processes[0].max_failures: ",
    "jobs[0].task.processes[0].cmdline: {{profile.cmd}}",
    `${worse}:3:1: `,
  ]) {
    expect(stdout).toContain(part);
  }
  expect(stderr).toMatch(/^2 files, 1 job: \d+ problems\n$/);
});

test("validate is content with what is right, and with warnings unless it is strict", async () => {
  const right = await write("right.json", job({ announce: {} }));
  expect(await config("validate", right)).toEqual({
    code: 0,
    stdout: "",
    stderr: "1 file, 1 job: 0 problems\n",
  });
  const warned = await write("warned.json", job({ announce: { primary_port: "unused", portmap: {} } }));
  const lenient = await config("validate", warned);
  expect(lenient).toMatchObject({ code: 0, stderr: "1 file, 1 job: 0 problems, 1 warning\n" });
  expect(lenient.stdout).toMatch(/: warning: .*unused/);
  expect((await config("validate", warned, "--strict")).code).toBe(3);
});

test("validate speaks JSON and SARIF", async () => {
  const bad = await write("bad.json", BROKEN);
  const json = await config("validate", bad, "-o", "json");
  expect(json.code).toBe(3);
  const { files } = JSON.parse(json.stdout);
  expect(files).toEqual([
    expect.objectContaining({ file: bad, jobs: ["west/www data/devel/web"], warnings: [] }),
  ]);
  expect(files[0].problems).toContainEqual(
    expect.objectContaining({ path: "jobs[0].role", seen: "www data", line: 3, column: 5 }),
  );
  const sarif = await config("validate", bad, "-o", "sarif");
  expect(sarif.code).toBe(3);
  const [run] = JSON.parse(sarif.stdout).runs;
  expect(run.results).toHaveLength(files[0].problems.length);
  expect(run.results[0].locations[0].physicalLocation.artifactLocation.uri).toBe(`file://${bad}`);
});

test("--bind fills references in, up to the first =", async () => {
  const file = await write(
    "bound.json",
    job({}, { processes: [{ name: "web", cmdline: "run {{profile.cmd}}" }] }),
  );
  expect((await config("validate", file)).code).toBe(3);
  expect((await config("validate", file, "--bind", "profile.cmd=a=b")).code).toBe(0);
  const { stdout } = await config("inspect", file, "--bind", "profile.cmd=a=b");
  expect(stdout).toContain("| run a=b\n");
});

test("inspect shows values and defaults, the order, the ports and where it is announced", async () => {
  const file = await write(
    "inspect.json",
    job(
      { instances: 4, announce: { portmap: { admin: "http" } } },
      {
        processes: [
          { name: "fetch", cmdline: "curl\necho {{name}} {{mesos.instance}}" },
          { name: "web", cmdline: "serve {{thermos.ports[http]}}", max_failures: 3 },
        ],
        constraints: [{ order: ["fetch", "web"] }],
      },
    ),
  );
  const plain = await config("inspect", file);
  expect(plain).toMatchObject({ code: 0, stderr: "" });
  for (const part of [
    /^west\/www-data\/prod\/web \(.*inspect\.json\)\nad hoc, 4 instances\nannounced in \/aurora\/www-data\/prod\/web\n/,
    /^ {4}instances +4$/m,
    /^ {2}\* priority +0$/m,
    /^ {2}fetch\n {6}\| curl\n {6}\| echo fetch \{\{mesos\.instance\}\}\n {4}\* max_failures 1, /m,
    /^ {6}max_failures 3$/m,
    /^order\n {2}fetch → web$/m,
    /^ {2}admin +- +http$/m,
    /^ {2}unresolved: http; give -P http:<port>$/m,
  ]) {
    expect(plain.stdout).toMatch(part);
  }
  const bound = await config("inspect", "www-data/prod/web", file, "--instance", "3", "-P", "http:31000");
  expect(bound.code).toBe(0);
  for (const part of ["shown as instance 3", "| echo fetch 3\n", "| serve 31000\n", "http → 31000"]) {
    expect(bound.stdout).toContain(part);
  }
  const json = JSON.parse((await config("inspect", file, "web", "-P", "http:1", "-o", "json")).stdout);
  expect(json).toMatchObject({
    key: "west/www-data/prod/web",
    kind: "ad hoc",
    values: { instances: 4, environment: "prod" },
    order: [
      { process: "fetch", after: [] },
      { process: "web", after: ["fetch"] },
    ],
    ports: [
      { name: "admin", port: 1 },
      { name: "http", port: 1 },
    ],
    serverSet: "/aurora/www-data/prod/web",
    cron: null,
  });
  expect(json.defaults).toContain("priority");
  expect(json.defaults).not.toContain("instances");
});

test("inspect tells when a cron job runs next", async () => {
  const file = await write("cron.json", job({ cron_schedule: "0 3 * * *" }));
  const { stdout } = await config("inspect", file);
  expect(stdout).toMatch(/\ncron, 1 instance\nruns at 0 3 \* \* \*: \d{4}-\d\d-\d\dT03:00:00\S*Z, /);
});

test("of several jobs one has to be named, and a wrong name has candidates", async () => {
  const file = await write("several.json", { jobs: [job(), job({ name: "batch" })] });
  const none = await config("inspect", file);
  expect(none.code).toBe(3);
  expect(none.stderr).toContain("Configuration has multiple jobs but no job name specified!");
  expect(none.stderr).toContain("borealis:   west/www-data/prod/batch\n");
  const wrong = await config("inspect", file, "batsh");
  expect(wrong.code).toBe(3);
  expect(wrong.stderr).toContain('Could not find job */*/*/batsh; did you mean "batch"?\n');
  expect((await config("inspect", file, "batch")).code).toBe(0);
});

test("diff tells what has another meaning, and only that", async () => {
  const before = await write("before.json", job({ instances: 2 }));
  const same = await write("same.json", { jobs: [job({ instances: 2, priority: 0 })] });
  expect(await config("diff", before, same)).toEqual({
    code: 0,
    stdout: "",
    stderr: "borealis: no difference\n",
  });
  const after = await write("after.json", { jobs: [job({ instances: 3 }), job({ name: "new" })] });
  expect(await config("diff", before, after)).toEqual({
    code: 1,
    stdout: "~ west/www-data/prod/web\n    instances: 2 → 3\n+ west/www-data/prod/new\n",
    stderr: "",
  });
  const json = JSON.parse((await config("diff", before, after, "-o", "json")).stdout);
  expect(json).toMatchObject({
    same: false,
    jobs: [{ changes: [{ path: "instances", before: 2, after: 3 }] }, {}],
  });
  const bad = await config("diff", before, await write("bad.json", BROKEN));
  expect(bad.code).toBe(3);
  expectPlainError(bad.stderr);
});

test("schema prints a JSON Schema", async () => {
  const { code, stdout } = await config("schema");
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toHaveProperty("$schema");
});

test("control characters of a configuration do not reach the terminal", async () => {
  const evil = "\u001b[2J\u009b";
  const file = await write(
    "evil.json",
    job(
      { contact: evil, metadata: [{ key: evil, value: evil }] },
      { processes: [{ name: `x${evil}`, cmdline: evil }] },
    ),
  );
  const bad = await write("evil-bad.json", job({ role: evil, [evil]: 1 }));
  const raw = await write("evil-raw.json", `{"role": "${evil}" "x"}`);
  for (const args of [
    ["list", file, bad],
    ["validate", file, bad, raw],
    ["inspect", file],
    ["diff", file, await write("plain.json", job())],
  ]) {
    const { stdout, stderr } = await config(...args);
    for (const character of evil.replace("[2J", ""))
      expect(stdout + stderr, args[0]).not.toContain(character);
  }
});

test.for([
  ["standard input", ["validate", "-"], 2, "can not be read from standard input"],
  ["a bind without =", ["validate", "x.json", "--bind", "role"], 2, "write name=value"],
  ["a bind of what is no name", ["list", "x.json", "--bind", "a b=c"], 2, '"a b" can not be bound'],
  ["a key without a file", ["inspect", "www-data/prod/web"], 2, "name the file too"],
  ["no file", ["validate"], 2, "missing required argument"],
  ["an output that is none", ["validate", "x.json", "-o", "xml"], 2, "-o, --output"],
  ["a port that is none", ["inspect", "x.json", "-P", "http"], 2, "Write name:port"],
  ["a time that is none", ["list", "x.json", "--timeout", "0"], 2, "above 0"],
  ["a file that is not there", ["inspect", "/nowhere/web.json"], 3, "/nowhere/web.json: "],
  ["a file of no known kind", ["inspect", "/etc/hostname"], 3, "rename it"],
  ["a directory", ["diff", "/tmp", "/tmp"], 3, "/tmp: "],
] as const)("%s is refused in plain words", async ([, args, exitCode, words]) => {
  const { code, stderr } = await config(...args);
  expect(stderr).toContain(words);
  expect(code).toBe(exitCode);
  expectPlainError(stderr);
});

test("an instance that the job does not have is refused", async () => {
  const file = await write("two.json", job({ instances: 2 }));
  const { code, stderr } = await config("inspect", file, "--instance", "2");
  expect(code).toBe(2);
  expect(stderr).toContain("has 2 instance(s), 0 to 1");
});

test.skipIf(process.platform !== "linux")(
  "an interrupted command takes the program that it runs with it",
  async () => {
    const file = await write("endless.js", "for (;;);\n");
    const running = borealis(["config", "validate", file, "--timeout", "60"]);
    const { pid } = running.child;
    const children = () => readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim();
    await expect.poll(children).toMatch(/^\d+$/);
    const program = Number(children());
    running.child.kill("SIGINT");
    expect(await running.exit).toBe(130);
    expect(running.stderr).toBe("");
    await expect.poll(() => isAlive(program)).toBe(false);
  },
);

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
