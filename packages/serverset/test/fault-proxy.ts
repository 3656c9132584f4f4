import type { AddressInfo } from "node:net";
import { connect, createServer, type Socket } from "node:net";
import { FrameSplitter } from "../src/zookeeper/frames.ts";

/** ZooKeeper's numbers of the requests that tests look for. */
export const REQUEST = {
  create: 1,
  delete: 2,
  exists: 3,
  getChildren: 12,
  multiRead: 22,
  addWatch: 106,
  handshake: 0,
} as const;

export interface Reply {
  readonly frame: Buffer;
  /** Number of the request it answers; notifications have none. */
  readonly request: number | undefined;
}

/**
 * What becomes of a reply. `hold`: kept until `release`. `cutAfter`: so many bytes of it arrive and then the connection is gone. `after`: held back,
 * and overtaken by those behind it.
 */
export type Fate =
  | "pass"
  | "swallow"
  | "hold"
  | { readonly replace: Buffer }
  | { readonly cutAfter: number }
  | { readonly after: Promise<unknown> };

/** Stands between client and server on one TCP port, knows where frames begin, and spoils what it is told to. */
export class FaultProxy implements AsyncDisposable {
  onReply: (reply: Reply) => Fate = () => "pass";
  onRequest: (request: number) => void = () => {};
  /** Every frame as it comes in, the handshake's included. */
  onFrame: (from: "client" | "server", frame: Buffer) => void = () => {};
  /** open: forwards. silent: takes what comes and answers nothing. refuse: hangs up at once. */
  mode: "open" | "silent" | "refuse" = "open";
  accepted = 0;
  readonly #pairs = new Set<readonly Socket[]>();
  readonly #server = createServer({ noDelay: true }, (client) => this.#accept(client));
  readonly #target: number;
  #held: { readonly client: Socket; readonly frame: Buffer }[] = [];

  static async to(target: number, host = "127.0.0.1"): Promise<FaultProxy> {
    const proxy = new FaultProxy(target);
    await new Promise<void>((resolve) => proxy.#server.listen(0, host, resolve));
    return proxy;
  }

  private constructor(target: number) {
    this.#target = target;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get address(): string {
    return `127.0.0.1:${this.port}`;
  }

  get held(): number {
    return this.#held.length;
  }

  /** Sends what was held in one piece. */
  release(): void {
    const [first] = this.#held;
    first?.client.write(Buffer.concat(this.#held.map(({ frame }) => frame)));
    this.#held = [];
  }

  cut(): void {
    for (const pair of this.#pairs) for (const socket of pair) socket.destroy();
    this.#pairs.clear();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.cut();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #accept(client: Socket): void {
    this.accepted += 1;
    if (this.mode === "refuse") return void client.destroy();
    const server = connect({ port: this.#target, host: "127.0.0.1", noDelay: true });
    const pair = [client, server];
    this.#pairs.add(pair);
    const end = () => {
      for (const socket of pair) socket.destroy();
      this.#pairs.delete(pair);
    };
    for (const socket of pair) socket.on("error", end).on("close", end);
    this.#join(client, server, end);
  }

  #join(client: Socket, server: Socket, end: () => void): void {
    const requests = new Map<number, number>();
    const asked = new FrameSplitter(2 ** 30);
    const answered = new FrameSplitter(2 ** 30);
    let greeted = false;
    let welcomed = false;
    client.on("data", (chunk) => {
      if (this.mode === "silent") return;
      asked.push(chunk, (frame) => {
        this.onFrame("client", frame);
        if (greeted) {
          requests.set(frame.readInt32BE(4), frame.readInt32BE(8));
          this.onRequest(frame.readInt32BE(8));
        }
        greeted = true;
      });
      server.write(chunk);
    });
    server.on("data", (chunk) => {
      if (this.mode === "silent") return;
      answered.push(chunk, (frame) => {
        if (client.destroyed) return;
        this.onFrame("server", frame);
        const request = welcomed ? requests.get(frame.readInt32BE(4)) : REQUEST.handshake;
        welcomed = true;
        this.#answer(client, frame, this.onReply({ frame, request }), end);
      });
    });
  }

  #answer(client: Socket, frame: Buffer, fate: Fate, end: () => void): void {
    if (fate === "swallow") return;
    if (fate === "pass") client.write(frame);
    else if (fate === "hold") this.#held.push({ client, frame: Buffer.from(frame) });
    else if ("after" in fate) void fate.after.then(() => client.write(frame));
    else if ("replace" in fate) client.write(fate.replace);
    else if (fate.cutAfter === 0) end();
    else client.write(frame.subarray(0, fate.cutAfter), end);
  }
}

/** Spoils the first reply to `request` for which `fateOf` knows something else than undefined. */
export function once(request: number, fateOf: (reply: Reply) => Fate | undefined): (reply: Reply) => Fate {
  let done = false;
  return (reply) => {
    const fate = done || reply.request !== request ? undefined : fateOf(reply);
    done ||= fate !== undefined;
    return fate ?? "pass";
  };
}
