import { randomUUID } from "node:crypto";
import { chmod, mkdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import type { Clock } from "@borealis/clock";
import type { SessionTicket } from "./connection.ts";
import { identityOf, isRunning, type ProcessIdentity } from "./process-identity.ts";

export interface SessionFileOptions {
  readonly path: string;
  /** As they were written, `host:port`. */
  readonly servers: readonly string[];
  readonly clock: Clock;
  readonly onWarning: (warning: Error) => void;
}

interface Contents {
  readonly servers: readonly string[];
  readonly ticket: SessionTicket;
  readonly owner: ProcessIdentity;
}

const LARGEST_BYTES = 64 * 1024;
/** A disk that hangs must not keep us from ZooKeeper. */
const PATIENCE_MS = 1_000;
const EVERYBODY_ELSE = 0o077;

/** Files that a session of this process keeps: their process number says nothing about them. */
const kept = new Set<string>();

/**
 * Where a session's id and password survive its process, so that the next run can end it. They are a secret: the file is
 * readable by its user only, and no warning holds them. Whatever is wrong with the file is a warning, never an error.
 */
export class SessionFile {
  readonly #path: string;
  readonly #options: SessionFileOptions;
  /** False while another live process or session keeps its own in it. */
  #ours = false;

  constructor(options: SessionFileOptions) {
    this.#options = options;
    this.#path = resolve(options.path);
  }

  /** The session of a run that ended without closing it. Call it once, and first. */
  async previous(): Promise<SessionTicket | undefined> {
    if (kept.has(this.#path)) {
      this.#warn("is left alone: another session of this process keeps it");
      return undefined;
    }
    kept.add(this.#path);
    this.#ours = true;
    return await this.#inTime("reading it", () => this.#read());
  }

  /** Comes before anything is done with the session: a run that dies between the two leaves nothing behind. */
  async keep(ticket: SessionTicket): Promise<void> {
    if (this.#ours) await this.#inTime("writing it", () => this.#write(ticket));
  }

  /** `ended`: the session in it is known to be no more, so that the next run has nothing to do. */
  async release(ended: boolean): Promise<void> {
    if (!this.#ours) return;
    this.#ours = false;
    kept.delete(this.#path);
    if (ended) await this.#inTime("removing it", () => rm(this.#path, { force: true }));
  }

  async #read(): Promise<SessionTicket | undefined> {
    const file = await stat(this.#path).catch((error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT") return undefined;
      throw error;
    });
    if (file === undefined) return undefined;
    if (!file.isFile()) return this.#ignore("it is no regular file");
    if ((file.mode & EVERYBODY_ELSE) !== 0) {
      this.#warn("could be read or written by others than its user; that is mended");
      await chmod(this.#path, 0o600);
    }
    if (file.size > LARGEST_BYTES) return this.#ignore(`${file.size} bytes are too many`);
    const contents = parse(await readFile(this.#path, "utf8"));
    if (contents === undefined) return this.#ignore("it does not hold a session");
    const { servers, ticket, owner } = contents;
    // Our own number is that of an earlier run in another container, or of an earlier session of ours.
    if (owner.pid !== process.pid && (await isRunning(owner))) {
      this.#ours = false;
      kept.delete(this.#path);
      this.#warn(`is left alone: process ${owner.pid} keeps it and is alive`);
      return undefined;
    }
    if (servers.some((server) => this.#options.servers.includes(server))) return ticket;
    return this.#ignore("its session is of another ensemble");
  }

  async #write({ id, password }: SessionTicket): Promise<void> {
    const contents = {
      servers: this.#options.servers,
      id: id.toString("hex"),
      password: password.toString("base64"),
      ...(await identityOf(process.pid)),
    };
    const draft = `${this.#path}.${randomUUID()}`;
    await mkdir(dirname(this.#path), { recursive: true, mode: 0o700 });
    try {
      await writeFile(draft, `${JSON.stringify(contents)}\n`, { mode: 0o600, flag: "wx" });
      await rename(draft, this.#path);
    } catch (error) {
      await rm(draft, { force: true }).catch(() => {});
      throw error;
    }
  }

  async #inTime<T>(what: string, work: () => Promise<T>): Promise<T | undefined> {
    const { promise, resolve: end, reject } = Promise.withResolvers<T>();
    const cancel = this.#options.clock.after(PATIENCE_MS, () =>
      reject(new Error(`no end after ${PATIENCE_MS} ms`)),
    );
    work().then(end, reject);
    try {
      return await promise;
    } catch (error) {
      this.#warn(`can not be used: ${what} failed: ${(error as Error).message}`);
      return undefined;
    } finally {
      cancel();
    }
  }

  #ignore(reason: string): undefined {
    this.#warn(`is ignored: ${reason}`);
  }

  #warn(what: string): void {
    this.#options.onWarning(new Error(`the session file ${this.#path} ${what}`));
  }
}

function parse(text: string): Contents | undefined {
  try {
    const { servers, id, password, pid, startedAt } = JSON.parse(text) as Record<string, unknown>;
    if (!Array.isArray(servers) || !servers.every((server) => typeof server === "string")) return undefined;
    if (typeof id !== "string" || !/^[0-9a-f]{16}$/.test(id) || /^0+$/.test(id)) return undefined;
    if (typeof password !== "string" || !/^[A-Za-z0-9+/]{1,1000}={0,2}$/.test(password)) return undefined;
    if (typeof pid !== "number" || !Number.isSafeInteger(pid) || pid < 1) return undefined;
    if (startedAt !== undefined && typeof startedAt !== "string") return undefined;
    return {
      servers,
      ticket: { id: Buffer.from(id, "hex"), password: Buffer.from(password, "base64"), zxid: 0n },
      owner: { pid, startedAt },
    };
  } catch {
    return undefined;
  }
}
