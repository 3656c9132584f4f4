import { X509Certificate } from "node:crypto";
import { isIP, type Socket } from "node:net";
import {
  checkServerIdentity,
  connect as connectTls,
  createSecureContext,
  type SecureContext,
} from "node:tls";
import type { TlsProbeOptions } from "./http-options.ts";
import { LeanSocket } from "./lean-socket.ts";

/** Where a connection goes, and how. */
export interface Target {
  readonly port: number;
  readonly family?: 4 | 6 | undefined;
  readonly tls?: TlsSettings | undefined;
}

export interface TlsSettings {
  readonly serverName: string;
  readonly verify: boolean;
  readonly context: SecureContext;
}

/** No trusted, encrypted connection came about. The cause says why. */
export class TlsError extends Error {}

export interface Connecting {
  /** Each socket that is opened; there are two of them when nothing listens on 127.0.0.1. */
  readonly onSocket: (socket: Socket) => void;
  readonly onConnected: (socket: Socket) => void;
  readonly onFailed: (error: Error) => void;
}

/**
 * Straight to an address of this host: no name is looked up, no proxy asked. Many a hosts file knows `localhost` by one
 * family only while the service may listen on the other, so ::1 is tried when nobody listens on 127.0.0.1.
 */
export function connectTo(target: Target, handlers: Connecting): void {
  if (target.family !== undefined) return open(addressOf(target.family), target, handlers);
  open(addressOf(4), target, {
    ...handlers,
    onFailed(refusal) {
      if (codeOf(refusal) !== "ECONNREFUSED") return handlers.onFailed(refusal);
      open(addressOf(6), target, {
        ...handlers,
        // A host without IPv6 has no address ::1; that nobody listens is what matters.
        onFailed: (error) => handlers.onFailed(codeOf(error) === "EADDRNOTAVAIL" ? refusal : error),
      });
    },
  });
}

function addressOf(family: 4 | 6): string {
  return family === 4 ? "127.0.0.1" : "::1";
}

function open(host: string, { port, tls }: Target, { onSocket, onConnected, onFailed }: Connecting): void {
  const socket = tls === undefined ? new LeanSocket() : openTls(host, port, tls);
  let reachable = false;
  const failed = (error: Error) => {
    socket.off("error", failed).on("error", () => {});
    onFailed(reachable ? new TlsError("no TLS", { cause: error }) : error);
  };
  socket.on("error", failed);
  const connected = () => {
    socket.off("error", failed);
    onConnected(socket);
  };
  socket.once("connect", () => {
    if (socket.localPort === port) return loop(socket, failed);
    reachable = true;
    if (tls === undefined) connected();
  });
  if (tls !== undefined) socket.once("secureConnect", connected);
  onSocket(socket);
  if (socket instanceof LeanSocket) socket.connect(port, host);
}

/**
 * Our end was given the very port it asked for, and the kernel connected it to itself: nobody listens there. The reset
 * is for the service, which could not have its port while our closed connection lingers on it.
 */
function loop(socket: Socket, failed: (error: Error) => void): void {
  if (socket instanceof LeanSocket) socket.resetAndDestroy();
  else socket.destroy();
  failed(Object.assign(new Error("connected to itself"), { code: "ECONNREFUSED" }));
}

function openTls(host: string, port: number, { serverName, verify, context }: TlsSettings): Socket {
  const isName = isIP(serverName) === 0;
  return connectTls({
    host,
    port,
    secureContext: context,
    rejectUnauthorized: verify,
    ALPNProtocols: ["http/1.1"],
    // SNI knows no addresses, but certificates do.
    servername: isName ? serverName : "",
    checkServerIdentity: (_host, certificate) => checkServerIdentity(serverName, certificate),
  });
}

/** @param hostHeader what the service is asked as. @throws when a certificate or key can not be read. */
export function tlsSettings(
  { ca, cert, key, serverName, verify = true }: TlsProbeOptions,
  hostHeader: string | undefined,
): TlsSettings {
  // OpenSSL passes over an authority that it can not read.
  if (ca !== undefined) new X509Certificate(ca);
  const context = createSecureContext({
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
  });
  return { serverName: serverName ?? nameIn(hostHeader), verify, context };
}

function nameIn(hostHeader: string | undefined): string {
  const name = hostHeader?.replace(/:\d+$/, "");
  return name === undefined || name === "" || name.startsWith("[") || isIP(name) !== 0 ? "localhost" : name;
}

function codeOf(error: Error): unknown {
  return "code" in error ? error.code : undefined;
}
