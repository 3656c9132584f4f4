import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readAnnouncerAuth, readAnnouncerAuthFile, readSecurityFiles } from "../src/index.ts";

const read = (value: unknown) => readAnnouncerAuth(JSON.stringify(value), "auth.json");
const secret = "hunter2";
const refused = (words: string) =>
  expect.objectContaining({ code: "INVALID_AUTH", message: expect.stringContaining(words) });

describe("the file with the announcer's credentials", () => {
  it("is read as Aurora reads it: digests of ACLs hashed, other schemes as they are, permissions false unless given", () => {
    const read = readAnnouncerAuth(
      `{"auth": [{"scheme": "digest", "credential": "user:pass"}],
        "acl": [{"scheme": "digest", "credential": "user:pass",
                 "permissions": {"read": true, "write": true, "create": true, "delete": true, "admin": true}},
                {"scheme": "world", "credential": "anyone", "permissions": {"read": true, "write": false}}]}`,
      "auth.json",
    );
    expect(read).toEqual({
      auth: [{ scheme: "digest", credential: "user:pass" }],
      acl: [
        {
          scheme: "digest",
          id: "user:smGaoVKd/cQkjm7b88GyorAUz20=",
          permissions: ["read", "write", "create", "delete", "admin"],
        },
        { scheme: "world", id: "anyone", permissions: ["read"] },
      ],
    });
  });

  it("is not passed over when the names of files are given in another way than they are read", async () => {
    await expect(readSecurityFiles({ auth: "auth.json" } as never)).rejects.toThrow(refused("authConfig"));
    await expect(readSecurityFiles("auth.json" as never)).rejects.toThrow(refused("authConfig"));
    expect(await readSecurityFiles({})).toEqual({ security: {}, warnings: [] });
  });

  it("may hold nothing", () => {
    expect(read({})).toEqual({ auth: [], acl: [] });
  });

  const entry = { scheme: "digest", credential: `user:${secret}` };
  it.each<[string, unknown, string]>([
    ["no object", [], "auth.json: has to be an object"],
    ["a misspelt list", { acls: [] }, 'has the key "acls", which is not one of auth, acl'],
    ["a list that is none", { auth: entry }, "auth has to be a list"],
    ["a misspelt key", { auth: [{ ...entry, user: "x" }] }, 'auth[0] has the key "user"'],
    [
      "a credential as a key",
      { auth: [{ ...entry, [`u:${secret}`]: "x" }] },
      "auth[0] has a key that is not one",
    ],
    [
      "a credential as a scheme",
      { auth: [{ ...entry, scheme: `u:${secret}` }] },
      "auth[0].scheme has to be a word",
    ],
    ["no credential", { auth: [entry, { scheme: "digest" }] }, "auth[1] has no credential"],
    ["no scheme", { acl: [{ credential: secret, permissions: {} }] }, "acl[0] has no scheme"],
    ["a scheme that is no text", { auth: [{ ...entry, scheme: 1 }] }, "auth[0].scheme has to be a text"],
    [
      "a digest without colon",
      { auth: [{ ...entry, credential: secret }] },
      "auth[0].credential of scheme digest",
    ],
    ["a digest with two", { auth: [{ ...entry, credential: `u:${secret}:` }] }, "with exactly one colon"],
    ["a digest without colon in an ACL", { acl: [{ ...entry, credential: secret }] }, "acl[0].credential"],
    ["no permissions", { acl: [entry] }, "acl[0] has no permissions"],
    [
      "a misspelt permission",
      { acl: [{ ...entry, permissions: { reed: true } }] },
      'acl[0].permissions has the key "reed", which is not one of read, write, create, delete, admin',
    ],
    [
      "a permission that is neither",
      { acl: [{ ...entry, permissions: { read: "yes" } }] },
      "acl[0].permissions.read has to be true or false",
    ],
  ])("is refused with %s, and the place of it", (_, value, words) => {
    expect(() => read(value)).toThrow(refused(words));
    expect(() => read(value)).not.toThrow(refused(secret));
  });

  it("is refused when it is not JSON, without a word of what is in it", () => {
    const text = `{"auth": "${secret}`;
    expect(() => readAnnouncerAuth(text, "auth.json")).toThrow(refused("auth.json: is not JSON"));
    expect(() => readAnnouncerAuth(text, "auth.json")).not.toThrow(refused(secret));
  });

  describe("on disk", () => {
    let directory = "";
    beforeAll(async () => {
      directory = await mkdtemp(join(tmpdir(), "announcer-auth-"));
    });
    afterAll(() => rm(directory, { recursive: true }));

    it("is warned of when others can read it", async () => {
      const file = join(directory, "auth.json");
      await writeFile(file, JSON.stringify({ auth: [entry] }), { mode: 0o600 });
      expect(await readAnnouncerAuthFile(file)).toEqual({ auth: [entry], acl: [] });
      await chmod(file, 0o640);
      expect(await readAnnouncerAuthFile(file)).toMatchObject({
        warning: expect.stringContaining(`chmod 600 ${file}`),
      });
    });

    it("is refused when it is not there, with its name", async () => {
      const file = join(directory, "none.json");
      await expect(readAnnouncerAuthFile(file)).rejects.toEqual(refused(`can not read ${file} (ENOENT)`));
    });
  });
});
