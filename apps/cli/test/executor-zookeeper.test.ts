import { chmod, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { borealis, finished } from "./borealis.ts";
import { untilMembers, useWorld, writeJob } from "./world.ts";

const world = useWorld();

const sidecar = (job: string, ...args: string[]) => ["executor", "sidecar", job, "-P", "http:1", ...args];

async function authFile(name: string, content: unknown): Promise<string> {
  const file = join(world.directory, name);
  await writeFile(file, typeof content === "string" ? content : JSON.stringify(content), { mode: 0o600 });
  return file;
}

const AUTH = {
  auth: [{ scheme: "digest", credential: "announcer:secret" }],
  acl: [
    {
      scheme: "digest",
      credential: "announcer:secret",
      permissions: { read: true, write: true, create: true, delete: true, admin: true },
    },
    { scheme: "world", credential: "anyone", permissions: { read: true } },
  ],
};

test("a file of credentials that others can read is warned of", async () => {
  const file = await authFile("open.json", {});
  await chmod(file, 0o644);
  const running = borealis(
    sidecar("legacy/prod/warned", "--announcer-zookeeper-auth-config", file),
    world.env,
  );
  await untilMembers(world, "/aurora/legacy/prod/warned", 1);
  expect(running.stderr).toContain(`chmod 600 ${file}`);
});

test.for([
  [
    "a file of credentials with a mistake",
    ["--announcer-zookeeper-auth-config", "mistaken.json"],
    3,
    "acl has to be a list",
  ],
  [
    "a file of credentials that is not there",
    ["--announcer-zookeeper-auth-config", "none.json"],
    3,
    "ENOENT",
  ],
  ["a certificate without its key", ["--zk-tls-cert", "mistaken.json"], 3, "is of no use without its key"],
  ["authorities that are no PEM", ["--zk-tls-ca", "mistaken.json"], 3, "is not in PEM form"],
  ["an announced host with a blank", ["--announcer-hostname", "a b"], 2, "is not a host name"],
  ["an announced host with a port", ["--announcer-hostname", "a:80"], 2, "is not a host name"],
] as const)("%s is refused at start", async ([, [option, value], code, words]) => {
  await authFile("mistaken.json", { acl: {} });
  const given = value.endsWith(".json") ? join(world.directory, value) : value;
  const ended = await finished(sidecar("legacy/prod/refused", option, given), world.env);
  expect(ended.stderr).toContain(words);
  expect(ended.code).toBe(code);
});

test("--announcer-hostname is announced, and only there", async () => {
  borealis(
    sidecar("legacy/prod/named", "--hostname", "inside", "--announcer-hostname", "outside"),
    world.env,
  );
  const { members } = await untilMembers(world, "/aurora/legacy/prod/named", 1);
  expect(members[0]).toMatchObject({ serviceEndpoint: { host: "outside", port: 1 } });
});

test("a job's zk_path is taken as a whole where it is allowed, and refused with the flag's name elsewhere", async () => {
  const job = {
    cluster: "test",
    role: "www-data",
    environment: "prod",
    name: "elsewhere",
    announce: { zk_path: "/elsewhere/hello" },
    task: {
      processes: [{ name: "x", cmdline: "true" }],
      resources: { cpu: 1, ram: 16_777_216, disk: 16_777_216 },
    },
  };
  const file = await writeJob(world, "elsewhere", job);
  const args = ["executor", "sidecar", "--config", file, "-P", "http:1"];
  const refused = await finished(args, world.env);
  expect(refused.stderr).toContain("--announcer-allow-custom-serverset-path");
  expect(refused.code).toBe(3);
  borealis([...args, "--announcer-allow-custom-serverset-path"], world.env);
  await untilMembers(world, "/elsewhere/hello", 1);
});

test("one that was killed is followed by one that ends its session first: no second member, no wait for the claim", async () => {
  const args = sidecar("legacy/prod/killed", "--session-timeout", "60", "--claim-wait", "20");
  const killed = borealis(args, world.env);
  await untilMembers(world, "/aurora/legacy/prod/killed", 1);
  killed.child.kill("SIGKILL");
  await killed.exit;
  expect(await readdir(join(world.directory, "state"))).toContain(
    "zookeeper-session-legacy~prod~killed~0.json",
  );
  borealis(args, world.env);
  await expect
    .poll(async () => (await untilMembers(world, "/aurora/legacy/prod/killed", 1)).members[0]?.name, {
      timeout: 15_000,
    })
    .toBe("member_0000000001");
});

// Last: what it creates is closed to executors without its credentials.
test("with credentials and an ACL, nobody else can add a member to the set it creates", async () => {
  const file = await authFile("auth.json", AUTH);
  const args = ["--root", "/guarded", "--announcer-zookeeper-auth-config", file];
  const running = borealis(
    ["executor", "sidecar", "legacy/prod/guarded", "-P", "http:1", ...args],
    world.env,
  );
  await untilMembers(world, "/guarded/legacy/prod/guarded", 1);
  const { connection } = await world.session.connected(AbortSignal.timeout(5_000));
  const intruder = connection.create("/guarded/legacy/prod/guarded/member_", Buffer.alloc(0), "ephemeral");
  await expect(intruder).rejects.toMatchObject({ code: "NO_AUTH" });
  expect(running.stderr).not.toContain("secret");
  // So are the records of the job: an executor without the credentials is told so, and does not wait.
  const stranger = await finished(sidecar("legacy/prod/guarded", "--instance", "1"), world.env);
  expect(stranger.stderr).toContain("give credentials with --zk-auth-config");
  expect(stranger.code).toBe(30);
});

test("ls shows what may be listed beside what may not, and exits with 30", async () => {
  const { connection } = await world.session.connected(AbortSignal.timeout(5_000));
  await connection.create("/some", Buffer.alloc(0), "persistent");
  await connection.create("/some/open", Buffer.alloc(0), "persistent");
  const nobody = [
    { scheme: "digest", id: "nobody:smGaoVKd/cQkjm7b88GyorAUz20=", permissions: ["admin"] },
  ] as const;
  await connection.create("/some/locked", Buffer.alloc(0), "persistent", nobody);
  const table = await finished(["serverset", "ls", "/some"], world.env);
  expect(table.stdout.split("\n").map((line) => line.split(/\s+/))).toEqual([
    ["PATH", "MEMBERS"],
    ["/some/locked", "?"],
    ["/some/open", "0"],
    [""],
  ]);
  expect(table.stderr).toContain("/some/locked: ZooKeeper answered NO_AUTH; give --zk-auth-config");
  expect(table.code).toBe(30);
  const json = await finished(["serverset", "ls", "/some", "-o", "json"], world.env);
  expect(JSON.parse(json.stdout)).toMatchObject([
    { unreadable: expect.stringContaining("NO_AUTH") },
    { members: 0 },
  ]);
});
