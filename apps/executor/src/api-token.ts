import { randomBytes, randomUUID } from "node:crypto";
import { constants } from "node:fs";
import { type FileHandle, link, mkdir, open, rm } from "node:fs/promises";
import { join } from "node:path";
import { ExecutorError } from "./errors.ts";

/** In the state directory. */
export const API_TOKEN_FILE = "api-token";

const TOKEN_BYTES = 32;
/** Of them in base64url. */
const SHORTEST_TOKEN = 43;
const LONGEST_TOKEN = 1024;
const READABLE_BY_OTHERS = 0o077;

/**
 * What has to be shown to change anything over the API: whoever may read the file may. All executors of a state
 * directory share it, and the first one makes it.
 * @throws ExecutorError API_TOKEN
 */
export async function ensureApiToken(stateDirectory: string): Promise<string> {
  const path = join(stateDirectory, API_TOKEN_FILE);
  try {
    await mkdir(stateDirectory, { recursive: true });
    return (await read(path)) ?? (await create(path)) ?? (await read(path)) ?? refuse(path, "is gone again");
  } catch (error) {
    if (error instanceof ExecutorError) throw error;
    const { code, message } = error as NodeJS.ErrnoException;
    const sentence = `can not use ${path}, the token of the API (${code ?? message}); give a directory that we can write with --state-dir`;
    throw new ExecutorError("API_TOKEN", sentence, error);
  }
}

/** @returns undefined when there is one already: executors that start together must end up with the same. */
async function create(path: string): Promise<string | undefined> {
  const token = randomBytes(TOKEN_BYTES).toString("base64url");
  // Complete before it has its name: nobody may read half of it, nor find it empty after a power cut.
  const draft = `${path}.${randomUUID()}`;
  try {
    const file = await open(draft, "wx", 0o600);
    try {
      await file.writeFile(`${token}\n`);
      await file.sync();
    } finally {
      await file.close();
    }
    await link(draft, path);
    return token;
  } catch (error) {
    if (isErrno(error, "EEXIST")) return undefined;
    throw error;
  } finally {
    await rm(draft, { force: true });
  }
}

async function read(path: string): Promise<string | undefined> {
  let file: FileHandle;
  try {
    // A pipe of that name would hold us up for ever.
    file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    if (isErrno(error, "ENOENT")) return undefined;
    throw error;
  }
  try {
    const { mode, uid, size } = await file.stat();
    if ((mode & constants.S_IFMT) !== constants.S_IFREG) return refuse(path, "is no regular file");
    // Who wrote it knows it.
    const own = process.geteuid?.() ?? uid;
    if (uid !== own) return refuse(path, `belongs to user ${uid}, and we are ${own}`);
    if ((mode & READABLE_BY_OTHERS) !== 0) {
      return refuse(path, `may be read or written by others (mode ${(mode & 0o777).toString(8)}, not 600)`);
    }
    const token = size > LONGEST_TOKEN ? "" : (await file.readFile("utf8")).trim();
    if (!/^[\w-]+$/.test(token) || token.length < SHORTEST_TOKEN) {
      return refuse(path, `does not hold ${SHORTEST_TOKEN} or more letters, digits, "-" or "_"`);
    }
    return token;
  } finally {
    await file.close();
  }
}

function refuse(path: string, why: string): never {
  const message = `${path} ${why}, so it can not be the token that lets people change something over the API; remove it and start again: a new one is made`;
  throw new ExecutorError("API_TOKEN", message);
}

function isErrno(error: unknown, code: string): boolean {
  return (error as NodeJS.ErrnoException | undefined)?.code === code;
}
