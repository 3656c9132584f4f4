import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect } from "node:tls";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ask } from "../src/four-letter-word.ts";
import { startZooKeeper, type ZooKeeperServer } from "../src/index.ts";
import { listeningAddresses } from "./traces.ts";

const PASSWORD = "not-a-secret";
let directory: string;
let keyStore: { path: string; password: string };
let trustStore: { path: string; password: string };
let pfx: Buffer;
let ca: string;

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), "borealis-tls-"));
  keyStore = { path: join(directory, "store.p12"), password: PASSWORD };
  trustStore = { path: join(directory, "trust.p12"), password: PASSWORD };
  keytool(
    "-genkeypair",
    "-alias",
    "server",
    "-dname",
    "CN=server",
    "-keyalg",
    "EC",
    "-ext",
    "san=ip:127.0.0.1",
  );
  ca = keytool("-exportcert", "-rfc", "-alias", "server");
  const certificate = join(directory, "server.pem");
  writeFileSync(certificate, ca);
  keytool("-importcert", "-noprompt", "-alias", "server", "-file", certificate, ...at(trustStore.path));
  pfx = readFileSync(keyStore.path);
});

afterAll(() => rmSync(directory, { recursive: true }));

test("a server that is given a certificate speaks TLS on a port of its own, and plain text on the other", async () => {
  await using zooKeeper = await startZooKeeper({ tls: { keyStore } });
  const [server] = zooKeeper.servers as [ZooKeeperServer];
  expect(server.securePort).not.toBe(server.port);
  expect(await ask(server.port, "ruok")).toBe("imok");
  expect(await askEncrypted(server.securePort, {})).toBe("imok");
  expect(listeningAddresses(server.pid)).toEqual(new Set(["127.0.0.1"]));
});

test("a server that needs certificates of its clients refuses those without", async () => {
  const tls = { keyStore, trustStore, clientAuth: "need" } as const;
  await using zooKeeper = await startZooKeeper({ servers: 3, tls });
  for (const { securePort } of zooKeeper.servers) {
    await expect(askEncrypted(securePort, {})).rejects.toThrow(/alert|before secure TLS connection/);
    expect(await askEncrypted(securePort, { pfx, passphrase: PASSWORD })).toBe("imok");
  }
});

test("a server that is given none has no such port", async () => {
  await using zooKeeper = await startZooKeeper();
  expect(zooKeeper.servers[0]?.securePort).toBeUndefined();
});

async function askEncrypted(
  port: number | undefined,
  own: { pfx?: Buffer; passphrase?: string },
): Promise<string> {
  const socket = connect({ host: "127.0.0.1", port: port ?? 0, ca, ...own }, () => socket.write("ruok"));
  let answer = "";
  socket.setEncoding("utf8");
  socket.on("data", (text) => {
    answer += text;
  });
  await once(socket, "close");
  return answer;
}

function at(path: string): string[] {
  return ["-keystore", path, "-storepass", PASSWORD, "-storetype", "PKCS12"];
}

function keytool(...args: string[]): string {
  const { JAVA_HOME: home } = process.env;
  const command = home ? join(home, "bin", "keytool") : "keytool";
  const store = args.includes("-keystore") ? [] : at(keyStore.path);
  return execFileSync(command, [...args, ...store], { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
}
