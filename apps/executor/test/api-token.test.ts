import { execFileSync } from "node:child_process";
import { chmod, chown, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { ensureApiToken } from "../src/api-token.ts";

const TOKEN = "b".repeat(43);

async function place() {
  const directory = await mkdtemp(join(tmpdir(), "borealis-api-token-"));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  const state = join(directory, "state");
  return { state, file: join(state, "api-token") };
}

async function placeWith(content: string, mode = 0o600) {
  const { state, file } = await place();
  await mkdir(state);
  await writeFile(file, content);
  await chmod(file, mode);
  return { state, file };
}

test("the first executor makes a token of 256 bits that only its user may read", async () => {
  const { state, file } = await place();
  const token = await ensureApiToken(state);
  expect(Buffer.from(token, "base64url")).toHaveLength(32);
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  expect(await readFile(file, "utf8")).toBe(`${token}\n`);
  expect(await readdir(state)).toEqual(["api-token"]);
  expect(await ensureApiToken((await place()).state)).not.toBe(token);
});

test("executors that start at the same time share one, and those that come later", async () => {
  const { state } = await place();
  const tokens = await Promise.all(Array.from({ length: 20 }, () => ensureApiToken(state)));
  expect(new Set([...tokens, await ensureApiToken(state)]).size).toBe(1);
  expect(await readdir(state)).toEqual(["api-token"]);
});

test("a token that somebody wrote by hand will do", async () => {
  const { state } = await placeWith(`  ${TOKEN}\n\n`);
  expect(await ensureApiToken(state)).toBe(TOKEN);
});

test.for([
  [TOKEN, 0o640, "may be read or written by others (mode 640, not 600)"],
  [TOKEN, 0o602, "may be read or written by others (mode 602, not 600)"],
  [TOKEN.slice(1), 0o600, "does not hold 43 or more"],
  ["", 0o600, "does not hold 43 or more"],
  [`${TOKEN}\n${TOKEN}`, 0o600, "does not hold 43 or more"],
  [TOKEN.repeat(100), 0o600, "does not hold 43 or more"],
] as const)(
  "one that can not be trusted is refused, and left as it is (case %$)",
  async ([content, mode, why]) => {
    const { state, file } = await placeWith(content, mode);
    const error = await ensureApiToken(state).catch((thrown: unknown) => thrown as Error);
    expect(error).toMatchObject({ code: "API_TOKEN", exitCode: 4, message: expect.stringContaining(why) });
    expect(String(error)).toContain(`${file} `);
    expect(String(error)).toContain("remove it and start again");
    expect(String(error)).not.toContain(TOKEN.slice(1));
    expect(await readFile(file, "utf8")).toBe(content);
  },
);

test.runIf(process.geteuid?.() === 0)("one that another user made is refused", async () => {
  const { state, file } = await placeWith(TOKEN);
  await chown(file, 12_345, 12_345);
  await expect(ensureApiToken(state)).rejects.toMatchObject({
    code: "API_TOKEN",
    message: expect.stringContaining("belongs to user 12345, and we are 0"),
  });
});

test("a pipe or a directory of that name is refused at once", async () => {
  const { state, file } = await placeWith(TOKEN);
  await rm(file);
  execFileSync("mkfifo", ["-m", "600", file]);
  const refused = { code: "API_TOKEN", message: expect.stringContaining("is no regular file") };
  await expect(ensureApiToken(state)).rejects.toMatchObject(refused);
  await rm(file);
  await mkdir(file, { mode: 0o700 });
  await expect(ensureApiToken(state)).rejects.toMatchObject(refused);
});

test("a state directory that can not be one is an error that names it", async () => {
  const { file } = await placeWith(TOKEN);
  await expect(ensureApiToken(join(file, "state"))).rejects.toMatchObject({
    code: "API_TOKEN",
    message: expect.stringContaining(`can not use ${join(file, "state", "api-token")}`),
  });
});
