import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { borealis, finished } from "./borealis.ts";
import { readNode, useWorld } from "./world.ts";

const world = useWorld();

async function config(name: string, text: string): Promise<string> {
  const file = join(world.directory, name);
  await writeFile(file, text);
  return file;
}

const AURORA = `
class Profile(Struct):
  greeting = Default(String, 'hello')

first = Process(name='first', cmdline='echo {{profile.greeting}} > said')
second = Process(name='second', cmdline='echo {{mesos.instance}} {{role}} >> said; cp said {{out}}')

job = Job(
  cluster='c', role='www-data', environment='test', instances=3,
  task=SequentialTask(processes=[first, second], resources=Resources(cpu=0.1, ram=16*MB, disk=16*MB)))
jobs = [
  job(name='spoken').bind(profile=Profile()),
  job(name='silent').bind(profile=Profile(greeting='')),
]
`;

const SCRIPT = `
import { Job, MB, Process, Resources, SequentialTask } from "@borealis/config/builders";
const said: string = "cp said {{out}}";
export const jobs = [Job({
  cluster: "c", role: "www-data", environment: "test", name: "scripted",
  task: SequentialTask({
    processes: [Process({ name: "say", cmdline: "echo typed > said" }), Process({ name: "copy", cmdline: said })],
    resources: Resources({ cpu: 0.1, ram: 16 * MB, disk: 16 * MB }),
  }),
})];
`;

test("an instance of an .aurora file runs, with what the file and the command line bind", async () => {
  const file = await config("hello.aurora", AURORA);
  const out = join(world.directory, "aurora-said");
  const args = [
    "--instance",
    "2",
    "--as-current-user",
    "--bind",
    `out=${out}`,
    "--bind",
    "profile.greeting=good evening",
  ];
  const { code, stderr } = await finished(["executor", "run", file, "spoken", ...args], world.env);
  expect(stderr).toContain("SUCCESS");
  expect(code).toBe(0);
  expect(await readFile(out, "utf8")).toBe("good evening\n2 www-data\n");
  expect(await readNode(world, "/borealis/jobs/www-data/test/spoken")).toMatchObject({
    instances: 3,
    config: { task: { processes: [{ cmdline: "echo good evening > said" }, { name: "second" }] } },
  });
});

test("an instance of a .ts file runs", async () => {
  const file = await config("hello.ts", SCRIPT);
  const out = join(world.directory, "script-said");
  const args = ["--as-current-user", "--bind", `out=${out}`];
  const { code } = await finished(["executor", "run", file, ...args], world.env);
  expect(code).toBe(0);
  expect(await readFile(out, "utf8")).toBe("typed\n");
});

test("what is wrong with an .aurora file is told with its place before anything starts", async () => {
  const file = await config("wrong.aurora", AURORA.replace("instances=3", "instances='many'"));
  const { code, stderr } = await finished(["executor", "run", file, "spoken"], world.env);
  expect(code).toBe(3);
  expect(stderr).toMatch(/wrong\.aurora:9:63: jobs\[0\]\.instances: .*many/);
  expect(stderr).toMatch(
    /wrong\.aurora:6:41: jobs\[0\]\.task\.processes\[1\]\.cmdline: \{\{out\}\} is bound to nothing/,
  );
});

test("a file of several jobs asks which", async () => {
  const file = await config("several.aurora", AURORA);
  const { code, stderr } = await finished(["executor", "run", file], world.env);
  expect(code).toBe(3);
  expect(stderr).toMatch(/multiple jobs but no job name specified![\s\S]*c\/www-data\/test\/silent/);
});

test("a manifest can bind what its configuration leaves open", async () => {
  const file = await config("manifested.aurora", AURORA);
  const manifests = join(world.directory, "tasks.d");
  await mkdir(manifests);
  const outs = [0, 1].map((instance) => join(world.directory, `agent-said-${instance}`));
  for (const [instance, out] of outs.entries()) {
    const manifest = { config: file, job: "www-data/test/spoken", instance, bind: { out } };
    await writeFile(join(manifests, `${instance}.json`), JSON.stringify(manifest));
  }
  const { code } = await finished(["executor", "agent", manifests, "--as-current-user"], world.env);
  expect(code).toBe(0);
  const said = await Promise.all(outs.map((out) => readFile(out, "utf8")));
  expect(said).toEqual(["hello\n0 www-data\n", "hello\n1 www-data\n"]);
});

const LOOPING = "while True: pass\n";

/** Processes that read a configuration below the directory: the path is among their rights. */
async function readersBelow(directory: string): Promise<string[]> {
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
  const commands = await Promise.all(
    pids.map((pid) => readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "")),
  );
  return commands.filter((command) => command.includes("--permission") && command.includes(directory));
}

test("SIGTERM while a configuration is read ends what reads it", async () => {
  const directory = join(world.directory, "looping");
  await mkdir(directory);
  await writeFile(join(directory, "looping.aurora"), LOOPING);
  const running = borealis(["executor", "run", join(directory, "looping.aurora")], world.env);
  await expect.poll(() => readersBelow(directory), { timeout: 20_000 }).not.toEqual([]);
  running.child.kill("SIGTERM");
  await running.exit;
  await expect.poll(() => readersBelow(directory)).toEqual([]);
});

test("--config-timeout bounds how long a configuration may run", async () => {
  const file = await config("endless.aurora", LOOPING);
  const { code, stderr } = await finished(["executor", "run", file, "--config-timeout", "2"], world.env);
  expect(code).toBe(3);
  expect(stderr).toMatch(/endless\.aurora.* 2 s/);
});
