import { AsyncLocalStorage } from "node:async_hooks";
import { subscribe } from "node:diagnostics_channel";
import { isIP, Socket } from "node:net";
import { checkServerIdentity } from "node:tls";
import type { Clock } from "@borealis/clock";
import { type ChannelCredentials, Client, credentials, Metadata, type ServiceError } from "@grpc/grpc-js";
import { service as health } from "grpc-health-check";
import type { TlsProbeOptions } from "../http/http-options.ts";

// A server may count a connection that breaks off as an error of its own. A farewell takes half a millisecond.
const CLOSING_MS = 20;

// Loaded by the first gRPC check: these two libraries take 100 ms and 20 MB.

export interface HealthQuestion {
  readonly host: string;
  readonly port: number;
  readonly service: string;
  /** As which name of the host; the one in its certificate. */
  readonly serverName: string;
  readonly credentials: ChannelCredentials;
}

export type HealthAnswer =
  | { readonly servingStatus: string }
  | {
      readonly code: number;
      readonly details: string;
      /** Nothing came back, and this is what became of the connection. */
      readonly socketError: Error | undefined;
    };

/**
 * The library ends its channels politely, and so leaves behind a socket that is still connecting, or whose other side
 * says nothing: for minutes or for ever. So we keep an eye on what it opens on behalf of a check.
 */
const ofThisCheck = new AsyncLocalStorage<Connections>();

subscribe("net.client.socket", (message) => {
  if (typeof message !== "object" || message === null || !("socket" in message)) return;
  if (message.socket instanceof Socket) ofThisCheck.getStore()?.add(message.socket);
});

class Connections {
  readonly #sockets = new Set<Socket>();
  error: Error | undefined;

  add(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on("error", (error) => {
      this.error ??= error;
    });
    socket.once("close", () => this.#sockets.delete(socket));
  }

  /** Lets them come to their end within `delayMs`, and before `signal` aborts. */
  async end(delayMs: number, clock: Clock, signal: AbortSignal): Promise<void> {
    using deadline = clock.deadline(delayMs, signal);
    const closed = [...this.#sockets].map((socket) => closing(socket, deadline.signal));
    await Promise.all(closed);
  }
}

/** Resolves when it is closed, which is by the time of `signal` at the latest. */
function closing(socket: Socket, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const destroy = () => socket.destroy();
    socket.once("close", () => {
      signal.removeEventListener("abort", destroy);
      resolve();
    });
    if (signal.aborted) destroy();
    else signal.addEventListener("abort", destroy);
  });
}

/** One `grpc.health.v1.Health/Check`, over a connection of its own. Rejects only when the question can not be put. */
export function askHealth(
  question: HealthQuestion,
  clock: Clock,
  signal: AbortSignal,
): Promise<HealthAnswer> {
  const connections = new Connections();
  return ofThisCheck.run(connections, async () => {
    const client = openClient(question);
    try {
      return await call(client, question.service, connections, signal);
    } finally {
      client.close();
      await connections.end(CLOSING_MS, clock, signal);
    }
  });
}

function openClient({ host, port, serverName, credentials }: HealthQuestion): Client {
  const address = isIP(host) === 6 ? `ipv6:[${host}]:${port}` : `ipv4:${host}:${port}`;
  return new Client(address, credentials, {
    "grpc.default_authority": `${serverName}:${port}`,
    // SNI knows no addresses.
    "grpc.ssl_target_name_override": isIP(serverName) === 0 ? serverName : "localhost",
    "grpc.enable_http_proxy": 0,
    "grpc.enable_retries": 0,
    "grpc.service_config_disable_resolution": 1,
    // Otherwise the connection is shared with other channels of this process, and outlives this one.
    "grpc.use_local_subchannel_pool": 1,
    "grpc.max_receive_message_length": 4 * 1024,
  });
}

function call(
  client: Client,
  service: string,
  connections: Connections,
  signal: AbortSignal,
): Promise<HealthAnswer> {
  const { path, requestSerialize, responseDeserialize } = checkMethod();
  return new Promise((resolve) => {
    const answered = (error: ServiceError | null, value?: object) => {
      signal.removeEventListener("abort", cancel);
      if (error === null) resolve({ servingStatus: servingStatusOf(value) });
      else resolve({ code: error.code, details: error.details, socketError: connections.error });
    };
    const unary = client.makeUnaryRequest(
      path,
      requestSerialize,
      responseDeserialize,
      { service },
      new Metadata(),
      answered,
    );
    const cancel = () => unary.cancel();
    if (signal.aborted) cancel();
    else signal.addEventListener("abort", cancel);
  });
}

function checkMethod() {
  const method = health["Check"];
  if (method === undefined) throw new Error("grpc-health-check has no Check");
  return method;
}

function servingStatusOf(response: object | undefined): string {
  return response !== undefined && "status" in response ? String(response.status) : "UNKNOWN";
}

/** @throws when a certificate or key can not be read. */
export function channelCredentials(tls: TlsProbeOptions | undefined, serverName: string): ChannelCredentials {
  if (tls === undefined) return credentials.createInsecure();
  const { ca, key, cert, verify = true } = tls;
  return credentials.createSsl(bytes(ca), bytes(key), bytes(cert), {
    rejectUnauthorized: verify,
    checkServerIdentity: (_host, certificate) => checkServerIdentity(serverName, certificate),
  });
}

function bytes(pem: string | undefined): Buffer | null {
  return pem === undefined ? null : Buffer.from(pem);
}
