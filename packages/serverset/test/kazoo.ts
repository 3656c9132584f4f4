import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";

const SCRIPT = join(import.meta.dirname, "fixtures/kazoo-client.py");
/** Debian's Python: another one on the PATH does not see Debian's packages. */
const PYTHON = "/usr/bin/python3";

export interface ForeignNode {
  readonly data: Buffer;
  readonly owner: bigint;
  readonly version: number;
}

interface Message {
  readonly id?: number;
  readonly value?: unknown;
  readonly error?: string;
  readonly event?: "connected" | "children";
  readonly children?: readonly string[];
}

interface CreateOptions {
  readonly ephemeral?: boolean;
  readonly sequence?: boolean;
  readonly makepath?: boolean;
  /** Only for the given credentials; `read` lets the world read. */
  readonly acl?: readonly "read"[];
}

/** The Python client that Aurora itself used, in a process of its own: a reader and writer that shares nothing with us. */
export class Kazoo implements AsyncDisposable {
  /** What its watch was told, in order. */
  readonly seen: (readonly string[])[] = [];
  readonly #child: ChildProcessByStdio<Writable, Readable, null>;
  readonly #waiting = new Map<number, PromiseWithResolvers<unknown>>();
  readonly #connected = Promise.withResolvers<void>();
  #asked = 0;

  /** `credentials`: `user:password` for the digest scheme. */
  static async connect(servers: string, ...credentials: string[]): Promise<Kazoo> {
    const kazoo = new Kazoo(servers, credentials);
    await kazoo.#connected.promise;
    return kazoo;
  }

  private constructor(servers: string, credentials: readonly string[]) {
    this.#child = spawn(PYTHON, [SCRIPT, servers, ...credentials], { stdio: ["pipe", "pipe", "inherit"] });
    const lines = createInterface({ input: this.#child.stdout });
    lines.on("line", (line) => this.#hear(JSON.parse(line) as Message));
    this.#child.once("close", () => {
      const gone = new Error("the kazoo process has ended");
      this.#connected.reject(gone);
      for (const { reject } of this.#waiting.values()) reject(gone);
    });
  }

  children(path: string): Promise<string[]> {
    return this.#ask({ do: "children", path }) as Promise<string[]>;
  }

  async get(path: string): Promise<ForeignNode> {
    const { data, owner, version } = (await this.#ask({ do: "get", path })) as Record<string, string>;
    return { data: Buffer.from(data ?? "", "base64"), owner: BigInt(owner ?? 0), version: Number(version) };
  }

  /** @returns the path, as the server named it. */
  create(path: string, data: string | Buffer, options: CreateOptions = {}): Promise<string> {
    const bytes = Buffer.from(data).toString("base64");
    return this.#ask({ do: "create", path, data: bytes, ...options }) as Promise<string>;
  }

  async set(path: string, data: string): Promise<void> {
    await this.#ask({ do: "set", path, data: Buffer.from(data).toString("base64") });
  }

  async delete(path: string, { recursive = false } = {}): Promise<void> {
    await this.#ask({ do: "delete", path, recursive });
  }

  async watch(path: string): Promise<void> {
    await this.#ask({ do: "watch", path });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null) return;
    const ended = once(this.#child, "close");
    this.#child.stdin.end();
    await ended;
  }

  /** Rejects with the name of kazoo's exception: `NoNodeError`, `NoAuthError`. */
  #ask(what: object): Promise<unknown> {
    this.#asked += 1;
    const answer = Promise.withResolvers<unknown>();
    this.#waiting.set(this.#asked, answer);
    this.#child.stdin.write(`${JSON.stringify({ id: this.#asked, ...what })}\n`);
    return answer.promise;
  }

  #hear({ id, value, error, event, children }: Message): void {
    if (event === "connected") this.#connected.resolve();
    if (event === "children") this.seen.push(children ?? []);
    if (id === undefined) return;
    const answer = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (error === undefined) answer?.resolve(value);
    else answer?.reject(new Error(error));
  }
}
