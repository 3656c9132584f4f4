import { connect as connectTcp, isIP, type Socket } from "node:net";
import {
  checkServerIdentity,
  connect as connectTls,
  createSecureContext,
  type SecureContext,
} from "node:tls";
import { ServerSetError } from "../errors.ts";
import type { TlsOptions } from "./security.ts";
import { formatServer, type ServerAddress } from "./servers.ts";
import { tlsProblem } from "./tls-problem.ts";

export interface Transport {
  readonly socket: Socket;
  /** The socket's event after which ZooKeeper may be spoken to. */
  readonly readyEvent: "connect" | "secureConnect";
}

/**
 * Begins a TCP or TLS connection; what becomes of it are the socket's events.
 * @throws ServerSetError TLS_FAILED when our own certificate, key or authorities can not be used.
 */
export function openTransport(server: ServerAddress, tls: TlsOptions | undefined): Transport {
  const { host, port } = server;
  if (tls === undefined) {
    return { socket: connectTcp({ host, port, noDelay: true }), readyEvent: "connect" };
  }
  const expected = tls.servername ?? server.name ?? host;
  const socket = connectTls({
    host,
    port,
    secureContext: secureContext(server, tls),
    // Nothing turns it off, the environment included.
    rejectUnauthorized: true,
    // An address is no name to ask for, but the certificate must still be for it.
    servername: isIP(expected) === 0 ? expected : "",
    checkServerIdentity: (_, certificate) => checkServerIdentity(expected, certificate),
  });
  socket.setNoDelay(true);
  socket.once("secureConnect", () => socket.disableRenegotiation());
  return { socket, readyEvent: "secureConnect" };
}

function secureContext(server: ServerAddress, { ca, cert, key, pfx, passphrase }: TlsOptions): SecureContext {
  try {
    return createSecureContext({
      minVersion: "TLSv1.2",
      ...(ca === undefined ? {} : { ca: ca as string | Buffer | (string | Buffer)[] }),
      ...(cert === undefined ? {} : { cert }),
      ...(key === undefined ? {} : { key }),
      ...(pfx === undefined ? {} : { pfx }),
      ...(passphrase === undefined ? {} : { passphrase }),
    });
  } catch (cause) {
    const message = `can not use the files given for TLS to ${formatServer(server)}: ${tlsProblem(cause as Error)}`;
    throw new ServerSetError("TLS_FAILED", message, { cause });
  }
}
