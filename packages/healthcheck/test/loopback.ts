import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync } from "node:fs";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { afterEach } from "vitest";

const sockets = new Set<Socket>();
const servers = new Set<Server>();

afterEach(async () => {
  for (const socket of sockets) socket.destroy();
  for (const server of servers) {
    server.close();
    await once(server, "close");
  }
  sockets.clear();
  servers.clear();
});

/** Until the end of the test. @returns its port. */
export async function listen(server: Server, host = "127.0.0.1"): Promise<number> {
  servers.add(server);
  server.on("connection", (socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    socket.once("close", () => sockets.delete(socket));
  });
  server.listen(0, host);
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}

/** A server that does as it is told with each connection. It reads, or it would never see that the other has gone. */
export const serveRaw = (onSocket: (socket: Socket) => void, host?: string) =>
  listen(
    createServer((socket) => {
      onSocket(socket);
      socket.resume();
    }),
    host,
  );

export async function unusedPort(): Promise<number> {
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

/** Of the servers above. */
export const openConnections = () => sockets.size;

export const openFiles = () => readdirSync("/proc/self/fd").length;

/** Takes no connection for itself, while the kernel has room for two. */
export async function serveNobody() {
  const program = `
    const server = require("node:net").createServer();
    server.listen({ port: 0, host: "127.0.0.1", backlog: 1 }, () => {
      require("node:fs").writeSync(1, server.address().port + "\\n");
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
    });`;
  const child = spawn(process.execPath, ["-e", program], { stdio: ["ignore", "pipe", "inherit"] });
  const [said] = await once(child.stdout, "data");
  return { port: Number(String(said)), child };
}
