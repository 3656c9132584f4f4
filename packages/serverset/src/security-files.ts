import { readFile } from "node:fs/promises";
import { readAnnouncerAuthFile } from "./announcer-auth.ts";
import { ServerSetError } from "./errors.ts";
import type { Acl, AuthInfo, TlsOptions } from "./zookeeper/security.ts";

/** Where a program is told to find what it needs to be let in. Each is a path; none is needed. */
export interface SecurityFiles {
  /** Aurora's `announcer-auth.json`. */
  readonly authConfig?: string | undefined;
  /** PEM files; one of them, or `tls`, turns encryption on. Without `tlsCa` the system's authorities are trusted. */
  readonly tlsCa?: string | undefined;
  readonly tlsCert?: string | undefined;
  readonly tlsKey?: string | undefined;
  readonly tls?: boolean | undefined;
}

const KEYS: readonly string[] = [
  "authConfig",
  "tls",
  "tlsCa",
  "tlsCert",
  "tlsKey",
] satisfies (keyof SecurityFiles)[];

/** As `connectZooKeeper` takes it. */
export interface Security {
  readonly tls?: TlsOptions;
  readonly auth?: readonly AuthInfo[];
  readonly acl?: readonly Acl[];
}

/**
 * Reads what is named; `warnings` are sentences for whoever runs the program.
 * @throws ServerSetError INVALID_AUTH, with the file; never with what is in it.
 */
export async function readSecurityFiles(
  files: SecurityFiles,
): Promise<{ readonly security: Security; readonly warnings: readonly string[] }> {
  const unknown = typeof files === "object" ? Object.keys(files).find((key) => !KEYS.includes(key)) : "";
  if (unknown !== undefined) {
    // To go on without what was meant would be to go on as nobody.
    throw new ServerSetError("INVALID_AUTH", `"${unknown}" is none of ${KEYS.join(", ")}, which name files`);
  }
  const tls = await readTls(files);
  if (files.authConfig === undefined) return { security: tls === undefined ? {} : { tls }, warnings: [] };
  const { auth, acl, warning } = await readAnnouncerAuthFile(files.authConfig);
  const security = {
    ...(tls === undefined ? {} : { tls }),
    ...(auth.length === 0 ? {} : { auth }),
    ...(acl.length === 0 ? {} : { acl }),
  };
  return { security, warnings: warning === undefined ? [] : [warning] };
}

async function readTls({ tls, tlsCa, tlsCert, tlsKey }: SecurityFiles): Promise<TlsOptions | undefined> {
  if ((tlsCert === undefined) !== (tlsKey === undefined)) {
    const [given, lacking] = tlsKey === undefined ? [tlsCert, "its key"] : [tlsKey, "its certificate"];
    throw new ServerSetError(
      "INVALID_AUTH",
      `${given} is of no use without ${lacking}: give both for TLS, or neither`,
    );
  }
  if (!tls && tlsCa === undefined && tlsCert === undefined) return undefined;
  const [ca, cert, key] = await Promise.all([tlsCa, tlsCert, tlsKey].map(readPem));
  return {
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
  };
}

async function readPem(file: string | undefined): Promise<string | undefined> {
  if (file === undefined) return undefined;
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new ServerSetError(
      "INVALID_AUTH",
      `can not read ${file} (${code}): name a PEM file that this user may read`,
      { cause: error },
    );
  }
  if (!text.includes("-----BEGIN ")) {
    throw new ServerSetError("INVALID_AUTH", `${file} is not in PEM form, which begins with -----BEGIN`);
  }
  return text;
}
