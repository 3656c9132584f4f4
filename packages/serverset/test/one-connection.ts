import { once as event } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { systemClock } from "@borealis/clock";
import { type Connection, type ConnectionOptions, openConnection } from "../src/zookeeper/connection.ts";

/** Opens one connection, without a session supervisor behind it. */
export function openTo(port: number, options: Partial<ConnectionOptions> = {}): Promise<Connection> {
  return openConnection({ ...optionsFor(port), ...options });
}

export function optionsFor(port: number): ConnectionOptions {
  return {
    server: { host: "127.0.0.1", port },
    sessionTimeoutMs: 3_000,
    resume: undefined,
    openDeadlineMs: 5_000,
    clock: systemClock,
    signal: new AbortController().signal,
    onNotification: () => {},
    onLost: () => {},
  };
}

/** A server that is not ZooKeeper. */
export async function strangeServer(
  greet: (socket: Socket, bytes: Buffer) => void,
): Promise<{ port: number } & AsyncDisposable> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    socket.on("data", (bytes) => greet(socket, bytes));
  });
  server.listen(0, "127.0.0.1");
  await event(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await event(server, "close");
    },
  };
}
