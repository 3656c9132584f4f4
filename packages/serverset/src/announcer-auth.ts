import { createHash } from "node:crypto";
import { readFile, stat } from "node:fs/promises";
import { ServerSetError } from "./errors.ts";
import { type Acl, type AuthInfo, PERMISSIONS } from "./zookeeper/security.ts";

/** What Aurora's `announcer-auth.json` says: who we are to ZooKeeper, and who may do what with the znodes we create. */
export interface AnnouncerAuth {
  readonly auth: readonly AuthInfo[];
  readonly acl: readonly Acl[];
}

type JsonObject = Readonly<Record<string, unknown>>;

/**
 * Reads the file; the warning says that others than its owner can read it.
 * @throws ServerSetError INVALID_AUTH
 */
export async function readAnnouncerAuthFile(
  file: string,
): Promise<AnnouncerAuth & { readonly warning?: string }> {
  let text: string;
  let mode: number;
  try {
    text = await readFile(file, "utf8");
    ({ mode } = await stat(file));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const advice = "name the file with the credentials for ZooKeeper, and let this user read it";
    throw new ServerSetError("INVALID_AUTH", `can not read ${file} (${code}): ${advice}`, { cause: error });
  }
  const read = readAnnouncerAuth(text, file);
  if ((mode & 0o044) === 0) return read;
  return {
    ...read,
    warning: `${file} holds passwords and can be read by others than its owner: chmod 600 ${file}`,
  };
}

/**
 * Strict, so that a misspelt permission is not one that is silently not given.
 * `{"auth": [{"scheme", "credential"}], "acl": [{"scheme", "credential", "permissions": {"read", "write", "create",
 * "delete", "admin"}}]}`; permissions are false unless given. The digest of an ACL is hashed here, other schemes are
 * taken as they are.
 * @throws ServerSetError INVALID_AUTH, with the place in the file; never with a credential.
 */
export function readAnnouncerAuth(text: string, file: string): AnnouncerAuth {
  const refuse: Refuse = (where, what) => {
    throw new ServerSetError("INVALID_AUTH", `${file}: ${where === "" ? "" : `${where} `}${what}`);
  };
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // Without the parser's message, which quotes what is in the file.
    return refuse("", 'is not JSON; it should be {"auth": […], "acl": […]}');
  }
  const { auth, acl } = asObject(value, "", ["auth", "acl"], refuse);
  return {
    auth: asList(auth, "auth", refuse).map((entry, index) => readAuth(entry, `auth[${index}]`, refuse)),
    acl: asList(acl, "acl", refuse).map((entry, index) => readAccess(entry, `acl[${index}]`, refuse)),
  };
}

type Refuse = (where: string, what: string) => never;

function readAuth(value: unknown, where: string, refuse: Refuse): AuthInfo {
  const entry = asObject(value, where, ["scheme", "credential"], refuse);
  return { scheme: asScheme(entry, where, refuse), credential: asCredential(entry, where, refuse) };
}

function readAccess(value: unknown, where: string, refuse: Refuse): Acl {
  const entry = asObject(value, where, ["scheme", "credential", "permissions"], refuse);
  const scheme = asScheme(entry, where, refuse);
  const credential = asCredential(entry, where, refuse);
  if (entry["permissions"] === undefined) {
    refuse(
      where,
      'has no permissions; give some of {"read": true, "write": true, "create": true, "delete": true, "admin": true}',
    );
  }
  const given = asObject(entry["permissions"], `${where}.permissions`, PERMISSIONS, refuse);
  const permissions = PERMISSIONS.filter((name) =>
    isGranted(given[name], `${where}.permissions.${name}`, refuse),
  );
  return { scheme, id: scheme === "digest" ? hashed(credential) : credential, permissions };
}

function isGranted(value: unknown, where: string, refuse: Refuse): boolean {
  if (value !== undefined && typeof value !== "boolean") refuse(where, "has to be true or false");
  return value === true;
}

/** Without the text itself: it may be a credential in the wrong place. */
function asScheme(entry: JsonObject, where: string, refuse: Refuse): string {
  const scheme = asText(entry, "scheme", where, refuse);
  return /^[\w-]+$/.test(scheme) ? scheme : refuse(`${where}.scheme`, 'has to be a word, such as "digest"');
}

function asCredential(entry: JsonObject, where: string, refuse: Refuse): string {
  const credential = asText(entry, "credential", where, refuse);
  if (entry["scheme"] === "digest" && credential.split(":").length !== 2) {
    refuse(`${where}.credential`, 'of scheme digest has to be "user:password" with exactly one colon');
  }
  return credential;
}

function asText(entry: JsonObject, key: string, where: string, refuse: Refuse): string {
  const value = entry[key];
  if (value === undefined) return refuse(where, `has no ${key}`);
  if (typeof value !== "string" || value === "")
    return refuse(`${where}.${key}`, "has to be a text that is not empty");
  return value;
}

function asList(value: unknown, where: string, refuse: Refuse): readonly unknown[] {
  if (value === undefined) return [];
  return Array.isArray(value) ? value : refuse(where, "has to be a list");
}

function asObject(value: unknown, where: string, known: readonly string[], refuse: Refuse): JsonObject {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    return refuse(where, "has to be an object, { … }");
  }
  const unknown = Object.keys(value).find((key) => !known.includes(key));
  if (unknown !== undefined) {
    // A credential in the wrong place looks otherwise than a word that was misspelt.
    const named = /^[a-z]+$/i.test(unknown) ? `the key "${unknown}", which is` : "a key that is";
    refuse(where, `has ${named} not one of ${known.join(", ")}`);
  }
  return value as JsonObject;
}

/** As ZooKeeper stores it: `user:` and the base64 SHA-1 of `user:password`. */
function hashed(credential: string): string {
  const [user] = credential.split(":");
  return `${user}:${createHash("sha1").update(credential).digest("base64")}`;
}
