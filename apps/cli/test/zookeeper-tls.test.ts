import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type PrivateZooKeeper, startZooKeeper } from "@borealis/private-zookeeper";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Certificates, makeCertificates } from "../../../packages/serverset/test/certificates.ts";
import { borealis, finished } from "./borealis.ts";

let certificates: Certificates;
let zooKeeper: PrivateZooKeeper;
let directory: string;
let authority: string;
let strangers: string;
let env: Record<string, string>;

beforeAll(async () => {
  certificates = await makeCertificates();
  zooKeeper = await startZooKeeper({ tls: { keyStore: certificates.store("server") } });
  directory = await mkdtemp(join(tmpdir(), "borealis-cli-tls-"));
  authority = join(directory, "authority.pem");
  await writeFile(authority, certificates.authority);
  const others = await makeCertificates();
  strangers = join(directory, "strangers.pem");
  await writeFile(strangers, others.authority);
  await others[Symbol.asyncDispose]();
  const port = zooKeeper.servers[0]?.securePort;
  env = { BOREALIS_ZK: `localhost:${port}`, BOREALIS_STATE_DIR: join(directory, "state") };
});
afterAll(async () => {
  await zooKeeper?.stop();
  await certificates?.[Symbol.asyncDispose]();
  await rm(directory, { recursive: true, force: true });
});

test("an executor announces and the command line reads over TLS, by flag and by variable", async () => {
  const sidecar = borealis(
    ["executor", "sidecar", "a/prod/sealed", "-P", "http:1", "--zk-tls-ca", authority],
    env,
  );
  await expect.poll(() => sidecar.stderr, { timeout: 20_000 }).toContain("announced as member_0000000000");
  const { code, stdout } = await finished(["serverset", "get", "a/prod/sealed", "-o", "ndjson"], {
    ...env,
    BOREALIS_ZK_TLS_CA: authority,
  });
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ name: "member_0000000000", serviceEndpoint: { port: 1 } });
});

test.for([
  ["an authority that did not sign", () => ["--zk-tls-ca", strangers], /certificate/],
  ["the system's authorities", () => ["--zk-tls"], /certificate/],
  ["no encryption at all", () => [], /TLS/],
] as const)("is refused with %s, and says why", async ([, flags, words]) => {
  const { code, stderr } = await finished(["serverset", "ls", "--timeout", "2", ...flags()], env);
  expect(code).toBe(7);
  expect(stderr).toMatch(words);
});
