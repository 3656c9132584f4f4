import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

/** Who has a certificate of our authority; `stranger` has signed its own. */
const HOLDERS = {
  server: ["-ext", "san=dns:localhost,ip:127.0.0.1"],
  expired: ["-ext", "san=dns:localhost,ip:127.0.0.1", "-startdate", "-2d", "-validity", "1"],
  elsewhere: ["-ext", "san=dns:zk.elsewhere"],
  client: [],
  stranger: [],
} as const;
type Holder = keyof typeof HOLDERS;

export interface Certificates extends AsyncDisposable {
  /** The authority's own certificate as PEM text. */
  readonly authority: string;
  /** A PKCS#12 store with the certificate of one holder and its key. */
  readonly store: (holder: Holder) => { readonly path: string; readonly password: string };
  readonly pfx: (holder: Holder) => Promise<{ readonly pfx: Buffer; readonly passphrase: string }>;
  /** Trusts the authority. */
  readonly trustStore: { readonly path: string; readonly password: string };
}

const PASSWORD = "not-a-secret";
const AUTHORITY = "authority";

/** Made by the Java that runs ZooKeeper, in a temporary directory. */
export async function makeCertificates(): Promise<Certificates> {
  const directory = await mkdtemp(join(tmpdir(), "borealis-certificates-"));
  const pathOf = (name: string) => join(directory, `${name}.p12`);
  const all = pathOf("all");
  const make = (alias: string, more: readonly string[]) =>
    keytool(
      "-genkeypair",
      "-alias",
      alias,
      "-dname",
      `CN=${alias}`,
      "-keyalg",
      "EC",
      ...more,
      ...storeOf(all),
    );

  await make(AUTHORITY, ["-ext", "bc:c"]);
  for (const [holder, more] of Object.entries(HOLDERS)) {
    await make(holder, holder === "stranger" ? more : [...more, "-signer", AUTHORITY]);
  }
  // A server would take any of the keys in its store.
  const take = (holder: string) =>
    keytool(
      "-importkeystore",
      ...["-srckeystore", all, "-srcstorepass", PASSWORD, "-srcalias", holder],
      ...["-destkeystore", pathOf(holder), "-deststorepass", PASSWORD, "-deststoretype", "PKCS12"],
    );
  for (const holder of Object.keys(HOLDERS)) await take(holder);
  const authority = await keytool("-exportcert", "-rfc", "-alias", AUTHORITY, ...storeOf(all));
  const certificate = join(directory, "authority.cer");
  await keytool("-exportcert", "-alias", AUTHORITY, "-file", certificate, ...storeOf(all));
  await keytool(
    "-importcert",
    "-noprompt",
    "-alias",
    AUTHORITY,
    "-file",
    certificate,
    ...storeOf(pathOf("trust")),
  );

  const store = (holder: Holder) => ({ path: pathOf(holder), password: PASSWORD });
  return {
    authority,
    store,
    trustStore: { path: pathOf("trust"), password: PASSWORD },
    async pfx(holder) {
      return { pfx: await readFile(pathOf(holder)), passphrase: PASSWORD };
    },
    [Symbol.asyncDispose]: () => rm(directory, { recursive: true }),
  };
}

function storeOf(path: string): readonly string[] {
  return ["-keystore", path, "-storepass", PASSWORD, "-storetype", "PKCS12"];
}

async function keytool(...args: readonly string[]): Promise<string> {
  const { JAVA_HOME: home } = process.env;
  const command = home ? join(home, "bin", "keytool") : "keytool";
  const { stdout } = await promisify(execFile)(command, [...args, "-J-XX:TieredStopAtLevel=1"]);
  return stdout;
}
