import { type AddressInfo, createServer } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { borealis, finished } from "./borealis.ts";
import { readNode, useWorld } from "./world.ts";

const world = useWorld();
const MEMBER =
  '{"serviceEndpoint":{"host":"h1","port":80},"additionalEndpoints":{"http":{"host":"h1","port":80}},"status":"ALIVE","shard":3}';

async function create(path: string, data: string): Promise<void> {
  const { connection } = await world.session.connected(AbortSignal.timeout(5_000));
  const steps = path.split("/").slice(1);
  for (const [index] of steps.entries()) {
    const ancestor = `/${steps.slice(0, index + 1).join("/")}`;
    const last = index === steps.length - 1;
    if (last || (await connection.ownerOf(ancestor)) === undefined) {
      await connection.create(ancestor, Buffer.from(last ? data : ""), "persistent");
    }
  }
}

test("an empty ZooKeeper has no ServerSets, and says so without failing", async () => {
  const { code, stdout, stderr } = await finished(["serverset", "ls"], world.env);
  expect({ code, stdout }).toEqual({ code: 0, stdout: "" });
  expect(stderr).toContain("no ServerSets at /aurora");
});

test("ls and get show sets and members as tables and as JSON, bad members beside good ones", async () => {
  await create("/aurora/a/prod/web/member_0000000000", MEMBER);
  await create("/aurora/a/prod/web/member_0000000001", "not json");
  await create("/aurora/a/prod/empty", "");
  const ls = await finished(["serverset", "ls"], world.env);
  expect(ls.stdout.split("\n")).toEqual([
    "PATH                  MEMBERS",
    "/aurora/a/prod/empty        0",
    "/aurora/a/prod/web          2",
    "",
  ]);
  expect((await finished(["serverset", "ls", "a"], world.env)).stdout).toBe(ls.stdout);
  const json = await finished(["serverset", "ls", "/aurora/a", "-o", "json"], world.env);
  expect(JSON.parse(json.stdout)).toEqual([
    { path: "/aurora/a/prod/empty", members: 0 },
    { path: "/aurora/a/prod/web", members: 2 },
  ]);
  const get = await finished(["serverset", "get", "a/prod/web"], world.env);
  expect(get.stdout.split("\n").map((line) => line.split(/\s+/))).toEqual([
    ["MEMBER", "STATUS", "SHARD", "ENDPOINT", "ADDITIONAL"],
    ["member_0000000000", "ALIVE", "3", "h1:80", "http=h1:80"],
    ["member_0000000001", "INVALID", "is", "not", "JSON"],
    [""],
  ]);
  const whole = await finished(["serverset", "get", "/aurora/a/prod/web", "-o", "json"], world.env);
  expect(JSON.parse(whole.stdout)).toMatchObject({
    exists: true,
    members: [{ shard: 3 }],
    invalid: [{ name: "member_0000000001" }],
  });
});

test("with -o ndjson every set and every member is a line", async () => {
  await create("/aurora/b/prod/lines/member_0000000000", MEMBER);
  await create("/aurora/b/prod/lines/member_0000000001", "not json");
  const linesOf = async (...args: string[]) => {
    const { stdout } = await finished(["serverset", ...args], { ...world.env, BOREALIS_OUTPUT: "ndjson" });
    return stdout
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as unknown);
  };
  expect(await linesOf("ls", "b")).toEqual([{ path: "/aurora/b/prod/lines", members: 2 }]);
  expect(await linesOf("get", "b/prod/lines")).toMatchObject([
    { name: "member_0000000000", valid: true, shard: 3 },
    { name: "member_0000000001", valid: false },
  ]);
  const none = await finished(["serverset", "get", "b/prod/none", "-o", "ndjson"], world.env);
  expect(none).toMatchObject({ code: 1, stdout: "" });
});

test("--min turns the number of members into the exit code", async () => {
  await create("/aurora/a/prod/one/member_0000000000", MEMBER);
  expect((await finished(["serverset", "get", "a/prod/one", "--min", "1"], world.env)).code).toBe(0);
  const few = await finished(["serverset", "get", "a/prod/one", "--min", "2"], world.env);
  expect(few).toMatchObject({ code: 1, stderr: expect.stringContaining("1 of the 2 members wanted") });
  expect((await finished(["serverset", "get", "a/prod/none"], world.env)).code).toBe(1);
});

test("watch prints the set, then each change, through a loss of ZooKeeper, until it is interrupted", async () => {
  await create("/aurora/a/prod/seen/member_0000000000", MEMBER);
  const watch = borealis(["serverset", "watch", "a/prod/seen", "-o", "json"], world.env);
  const events = () =>
    watch.stdout
      .split("\n")
      .filter(Boolean)
      .map((line) => JSON.parse(line) as { type: string });
  const types = () => events().map(({ type }) => type);
  await expect.poll(types, { timeout: 10_000 }).toEqual(["RESYNC"]);
  await create("/aurora/a/prod/seen/member_0000000001", MEMBER);
  await expect.poll(types).toEqual(["RESYNC", "ADD"]);
  const { connection } = await world.session.connected();
  await connection.remove("/aurora/a/prod/seen/member_0000000000");
  await expect.poll(types).toEqual(["RESYNC", "ADD", "REMOVE"]);
  const [server] = world.zooKeeper.servers;
  await server?.kill();
  await expect.poll(types, { timeout: 15_000 }).toEqual(["RESYNC", "ADD", "REMOVE", "DISCONNECTED"]);
  await server?.start();
  await expect
    .poll(types, { timeout: 15_000 })
    .toEqual(["RESYNC", "ADD", "REMOVE", "DISCONNECTED", "RESYNC"]);
  expect(events().at(-1)).toMatchObject({ set: { members: [{ name: "member_0000000001" }] } });
  watch.child.kill("SIGINT");
  expect(await watch.exit).toBe(130);
  expect(await readNode(world, "/aurora/a/prod/seen/member_0000000001")).toBeDefined();
});

test("control characters in a member's data do not reach the terminal", async () => {
  const hostile = MEMBER.replaceAll('"h1"', JSON.stringify("\u001b[31mred"));
  await create("/aurora/a/prod/hostile/member_0000000000", hostile);
  const { stdout } = await finished(["serverset", "get", "a/prod/hostile"], world.env);
  const watch = borealis(["serverset", "watch", "a/prod/hostile"], world.env);
  await expect.poll(() => watch.stdout, { timeout: 10_000 }).toContain("member_0000000000");
  for (const shown of [stdout, watch.stdout]) {
    expect(shown).toContain("\\u001b[31mred");
    expect(shown).not.toContain("\u001b");
  }
});

test("help tells a newcomer what there is", async () => {
  const { code, stdout } = await finished(["--help"]);
  expect(code).toBe(0);
  for (const word of ["executor", "serverset", "BOREALIS_ZK", "Exit codes", "Examples"])
    expect(stdout).toContain(word);
  const run = await finished(["executor", "run", "--help"]);
  for (const word of ["--port", "--instance", "--zk", "--hostname"]) expect(run.stdout).toContain(word);
});

test("watch that is interrupted before ZooKeeper answers ends quietly", async () => {
  const reached = Promise.withResolvers<void>();
  const silent = createServer(() => reached.resolve());
  await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void silent.close());
  const { port } = silent.address() as AddressInfo;
  const watch = borealis(["serverset", "watch", "a/prod/x", "--zk", `127.0.0.1:${port}`]);
  await reached.promise;
  watch.child.kill("SIGINT");
  expect(await watch.exit).toBe(130);
  expect(watch.stderr).toBe("");
});
