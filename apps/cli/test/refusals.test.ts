import { mkdir, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { borealis, expectPlainError, finished } from "./borealis.ts";
import { freePort, readNode, serviceJob, untilMembers, useWorld, writeJob } from "./world.ts";

const world = useWorld();

async function listener(port = 0): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  return (server.address() as { port: number }).port;
}

test("a ZooKeeper that is not there is one sentence and exit code 7", async () => {
  const file = await writeJob(world, "no-zk", serviceJob("no-zk"));
  const nowhere = `127.0.0.1:${await freePort()}`;
  for (const args of [
    ["executor", "run", file, "-P", "http:8080", "--as-current-user", "--zk", nowhere, "--zk-wait", "1"],
    ["executor", "sidecar", "a/prod/b", "-P", "http:8080", "--zk", nowhere, "--zk-wait", "1"],
    ["serverset", "ls", "--zk", nowhere, "--timeout", "1"],
    ["serverset", "get", "a/prod/b", "--zk", nowhere, "--timeout", "1"],
    ["serverset", "watch", "a/prod/b", "--zk", nowhere, "--timeout", "1"],
  ]) {
    const { code, stderr } = await finished(args);
    expect(code, args.join(" ")).toBe(7);
    expectPlainError(stderr);
    expect(stderr).toContain(`can not reach ZooKeeper at ${nowhere}: connection refused`);
  }
});

test("something that is not ZooKeeper, and never answers, is exit code 7 too", async () => {
  const silent = `127.0.0.1:${await listener()}`;
  const { code, stderr } = await finished(["serverset", "ls", "--zk", silent, "--timeout", "2"]);
  expect(code).toBe(7);
  expect(stderr).toContain("did not answer as ZooKeeper");
});

test("an observer port in use is one sentence and exit code 4", async () => {
  const port = await listener();
  const args = ["executor", "sidecar", "a/prod/b", "-P", "http:8080", "--listen", `127.0.0.1:${port}`];
  const { code, stderr } = await finished(args, world.env);
  expect(code).toBe(4);
  expectPlainError(stderr);
  expect(stderr).toContain(`127.0.0.1:${port} is in use`);
});

test("a bad job file is exit code 3, with every problem and its place", async () => {
  const file = await writeJob(
    world,
    "bad",
    '{\n  "role": "www data",\n  "cluster": "c",\n  "instances": 0,\n  "task": 5\n}',
  );
  const { code, stderr } = await finished(["executor", "run", file], world.env);
  expect(code).toBe(3);
  expectPlainError(stderr);
  expect(stderr).toContain(
    `${file}:2:3: role: may hold only letters, digits, '_', '-' and '.' (saw "www data")`,
  );
  expect(stderr).toContain(`${file}:4:3: instances: must be at least 1 (saw 0)`);
  expect(stderr).toContain(`${file}:5:3: task:`);
});

test.for([
  ["text that is not JSON", "{", /is not JSON/],
  ["an empty file", "", /is empty|is not JSON/],
  ["no jobs", '{"jobs": []}', /No job defined/],
])("%s is exit code 3", async ([name = "", text = "", message]) => {
  const file = await writeJob(world, String(name).replaceAll(" ", "-"), text);
  const { code, stderr } = await finished(["executor", "run", file], world.env);
  expect(code).toBe(3);
  expectPlainError(stderr);
  expect(stderr).toMatch(message as RegExp);
});

test.for([
  ["a missing file", ["executor", "run", "/nowhere/job.json"], 3, "does not exist"],
  [
    "a file in an unknown language",
    ["executor", "run", "/etc/hosts"],
    3,
    "rename it to end in one of .aurora",
  ],
  ["a binding without a value", ["executor", "run", "job.aurora", "--bind", "x"], 2, "write name=value"],
  ["a role that is no identifier", ["executor", "sidecar", "a b/prod/c", "-P", "http:1"], 2, 'role "a b"'],
  [
    "a role that is a path step",
    ["executor", "sidecar", "../prod/c", "-P", "http:1"],
    2,
    "must not be '.' or '..'",
  ],
  ["a path that no znode can have", ["serverset", "get", "/aurora//x"], 2, "can not be a znode's path"],
  [
    "a path to watch that no znode can have",
    ["serverset", "watch", "/aurora//x"],
    2,
    "can not be a znode's path",
  ],
  [
    "a root that is no path",
    ["executor", "sidecar", "a/prod/c", "-P", "http:1", "--root", "aurora"],
    2,
    "absolute path",
  ],
  ["a root for reading that is no path", ["serverset", "ls", "--root", "aurora"], 2, "absolute path"],
  [
    "an alias for a port that is none",
    ["executor", "sidecar", "a/prod/c", "-P", "http:1", "--portmap", "x:70000"],
    2,
    "portmap.x must be",
  ],
  [
    "an empty primary port",
    ["executor", "sidecar", "a/prod/c", "-P", "http:1", "--primary-port", ""],
    2,
    "must not be empty",
  ],
  [
    "an alias given twice",
    ["executor", "sidecar", "a/prod/c", "--portmap", "a:b", "--portmap", "a:c"],
    2,
    "given twice",
  ],
  ["half a job key", ["serverset", "get", "a/b"], 2, "is not a job key"],
  ["a sidecar without a port", ["executor", "sidecar", "a/prod/c"], 3, "-P http:<port>"],
  [
    "a sidecar whose primary port has no number",
    ["executor", "sidecar", "a/prod/c", "-P", "x:1", "--primary-port", "http"],
    3,
    "http",
  ],
  ["a port that is no port", ["executor", "sidecar", "a/prod/c", "-P", "http:99999"], 2, "from 1 to 65535"],
  ["an unknown option", ["serverset", "ls", "--nope"], 2, "unknown option"],
  ["an unknown command", ["serverset", "lst"], 2, "unknown command"],
  [
    "an observer that others could reach",
    ["executor", "sidecar", "a/prod/c", "-P", "http:1", "--listen", "0.0.0.0:0"],
    2,
    "loopback only",
  ],
  ["no ZooKeeper named", ["serverset", "ls", "--zk", ""], 2, "which ZooKeeper"],
  ["a ZooKeeper that can not be read", ["serverset", "ls", "--zk", "a:b:c"], 2, "is not a ZooKeeper server"],
  ["a directory without manifests", ["executor", "agent", "/proc/self/fdinfo"], 3, "nothing to run"],
] as const)("%s is refused in plain words", async ([, args, exitCode, words]) => {
  const { code, stderr } = await finished(args, world.env);
  expect(stderr).toContain(words);
  expect(code).toBe(exitCode);
  expectPlainError(stderr);
});

test("a port that a process needs and nobody gave is named before anything starts", async () => {
  const file = await writeJob(world, "unbound", serviceJob("unbound", { announce: undefined }));
  const { code, stderr } = await finished(["executor", "run", file, "--as-current-user"], world.env);
  expect(code).toBe(3);
  expect(stderr).toContain("Task requires unbound port http! Give it with -P http:<port>");
});

test("a role that is no user of this host is refused, unless --as-current-user", async () => {
  const file = await writeJob(world, "stranger", serviceJob("stranger", { role: "no-such-user" }));
  const { code, stderr } = await finished(["executor", "run", file, "-P", "http:8080"], world.env);
  expect(code).toBe(3);
  expectPlainError(stderr);
  expect(stderr).toContain("--as-current-user");
});

test("a second executor for the same instance is refused with the holder's name, and the first is not disturbed", async () => {
  const port = await freePort();
  const file = await writeJob(world, "once", serviceJob("once"));
  const first = borealis(
    ["executor", "run", file, "-P", `http:${port}`, "--as-current-user", "--hostname", "host-a"],
    world.env,
  );
  const set = await untilMembers(world, "/aurora/www-data/prod/once", 1);
  const again = [
    "executor",
    "run",
    file,
    "-P",
    `http:${await freePort()}`,
    "--as-current-user",
    "--claim-wait",
    "0.5",
  ];
  const { code, stderr } = await finished(again, world.env);
  expect(code).toBe(4);
  expectPlainError(stderr);
  expect(stderr).toContain(
    "instance www-data/prod/once/0 is already claimed by another executor (host host-a",
  );
  expect(first.child.exitCode).toBeNull();
  const { members } = await untilMembers(world, "/aurora/www-data/prod/once", 1);
  expect(members).toEqual(set.members);
});

test("an agent that can not start one of its instances says which, and the others run on", async () => {
  const directory = join(world.directory, "tasks.d");
  await mkdir(directory);
  const good = await writeJob(world, "agent-good", serviceJob("agent-good"));
  const bad = await writeJob(world, "agent-bad", serviceJob("agent-bad", { role: "no-such-user" }));
  await writeFile(
    join(directory, "1.json"),
    JSON.stringify({ config: bad, ports: { http: await freePort() } }),
  );
  await writeFile(
    join(directory, "2.json"),
    JSON.stringify({ config: good, ports: { http: await freePort() }, sidecar: true }),
  );
  const agent = borealis(["executor", "agent", directory, "--announce", "immediately"], world.env);
  await untilMembers(world, "/aurora/www-data/prod/agent-good", 0);
  await expect.poll(() => agent.stderr, { timeout: 10_000 }).toContain("agent-good/0");
  expect(agent.stderr).toMatch(/not started: role \\"no-such-user\\"/);
  agent.child.kill("SIGTERM");
  expect(await agent.exit).toBe(3);
  expect(agent.stderr.trimEnd().split("\n").at(-1)).toContain('borealis: role "no-such-user" is not a user');
});

test("a start that is refused leaves the job's record as it was", async () => {
  const file = await writeJob(world, "kept", serviceJob("kept", { instances: 2 }));
  const args = (config: string, port: number) => [
    "executor",
    "run",
    config,
    "-P",
    `http:${port}`,
    "--as-current-user",
  ];
  borealis(args(file, await freePort()), world.env);
  await untilMembers(world, "/aurora/www-data/prod/kept", 1);
  const other = await writeJob(world, "kept-other", serviceJob("kept", { instances: 7 }));
  const refused = await finished([...args(other, await freePort()), "--claim-wait", "0.2"], world.env);
  expect(refused.code).toBe(4);
  expect(await readNode(world, "/borealis/jobs/www-data/prod/kept")).toMatchObject({ instances: 2 });
});
