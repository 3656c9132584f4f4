import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export const hasOpenssl = spawnSync("openssl", ["version"]).status === 0;

export interface Identity {
  readonly cert: string;
  readonly key: string;
}

/** An authority of its own, which signs for the names that it is given. */
export function createAuthority() {
  const directory = mkdtempSync(join(tmpdir(), "certificates-"));
  const file = (name: string) => join(directory, name);
  const read = (name: string) => readFileSync(file(name), "utf8");
  const openssl = (...args: string[]) => execFileSync("openssl", args, { cwd: directory, stdio: "pipe" });
  const newKey = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
  openssl(
    "req",
    "-x509",
    ...newKey,
    "-keyout",
    "ca.key",
    "-out",
    "ca.pem",
    "-days",
    "2",
    "-subj",
    "/CN=authority",
  );
  let issued = 0;
  return {
    ca: read("ca.pem"),
    /** @param names as in a certificate: `DNS:localhost`, `IP:127.0.0.1`. */
    issue(...names: string[]): Identity {
      const name = `leaf-${issued++}`;
      openssl("req", ...newKey, "-keyout", `${name}.key`, "-out", `${name}.csr`, "-subj", `/CN=${name}`);
      writeFileSync(file(`${name}.ext`), `subjectAltName=${names.join(",")}\n`);
      const signing = ["-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "2"];
      openssl(
        "x509",
        "-req",
        "-in",
        `${name}.csr`,
        ...signing,
        "-extfile",
        `${name}.ext`,
        "-out",
        `${name}.pem`,
      );
      return { cert: read(`${name}.pem`), key: read(`${name}.key`) };
    },
    remove: () => rmSync(directory, { recursive: true }),
  };
}
