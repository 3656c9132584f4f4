import { execFileSync } from "node:child_process";
import { type AddressInfo, createServer, connect as dial, type Socket } from "node:net";

/**
 * A network of its own with one link to this machine, which can be cut: packets then vanish, as in a partition; nobody
 * is told. `address` leads through that link to a port of this machine's loopback.
 */
export interface Namespace extends AsyncDisposable {
  /** In front of a command, runs it inside. */
  readonly inside: readonly string[];
  /** A way from inside to `127.0.0.1:port` here. */
  open(port: number): Promise<string>;
  cut(): void;
  mend(): void;
}

const ip = (...args: string[]) => execFileSync("ip", args, { stdio: "pipe" });

/** Undefined where the machine does not let us: that takes root, Linux and iproute2. */
export async function makeNamespace(): Promise<Namespace | undefined> {
  const name = `bor${process.pid}`;
  const [here, there] = [`${name}h`, `${name}n`];
  const subnet = `10.213.${process.pid % 250}`;
  try {
    ip("netns", "add", name);
  } catch {
    return undefined;
  }
  const remove = () => ip("netns", "del", name);
  try {
    ip("link", "add", here, "type", "veth", "peer", "name", there, "netns", name);
    ip("addr", "add", `${subnet}.1/30`, "dev", here);
    ip("link", "set", here, "up");
    ip("-n", name, "addr", "add", `${subnet}.2/30`, "dev", there);
    ip("-n", name, "link", "set", there, "up");
    ip("-n", name, "link", "set", "lo", "up");
  } catch {
    remove();
    return undefined;
  }
  const relays: { close(): Promise<void> }[] = [];
  return {
    inside: ["ip", "netns", "exec", name],
    async open(port) {
      const relay = await startRelay(`${subnet}.1`, port);
      relays.push(relay);
      return `${subnet}.1:${relay.port}`;
    },
    cut: () => void ip("link", "set", here, "down"),
    mend: () => void ip("link", "set", here, "up"),
    async [Symbol.asyncDispose]() {
      for (const relay of relays) await relay.close();
      remove();
    },
  };
}

/** The servers under test listen on loopback only; this listens where only the namespace's link leads. */
async function startRelay(host: string, target: number) {
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const upstream = dial({ host: "127.0.0.1", port: target, noDelay: true });
    for (const [socket, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(socket);
      socket.on("error", () => {});
      socket.on("close", () => {
        sockets.delete(socket);
        other.destroy();
      });
      socket.pipe(other);
    }
  });
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  return {
    port: (server.address() as AddressInfo).port,
    close: () => {
      for (const socket of sockets) socket.destroy();
      return new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}
