import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { isIP } from "node:net";
import type { ExecutorEvent, ExecutorRecord, InstanceRecord } from "@borealis/schema";
import type { SessionHealth } from "@borealis/serverset";
import { ExecutorError } from "./errors.ts";

export interface ApiServerOptions {
  readonly listen: { readonly host: string; readonly port: number };
  readonly executor: () => ExecutorRecord | undefined;
  readonly instances: () => readonly InstanceRecord[];
  readonly events: () => readonly ExecutorEvent[];
  readonly session: () => SessionHealth;
  /** Why the executor is not ready, in words; undefined when it is. */
  readonly ready: () => string | undefined;
}

export interface ApiServer {
  readonly url: string;
  close(): Promise<void>;
}

type Answer =
  | { readonly status: number; readonly json: unknown }
  | { readonly status: number; readonly text: string };

/**
 * The observer API: what this executor knows, for the dashboard and for people. It reads only, and listens on loopback.
 * @throws ExecutorError ADDRESS_IN_USE
 */
export async function startApiServer(options: ApiServerOptions): Promise<ApiServer> {
  const server = createServer((request, response) => send(response, answer(request, options)));
  const { host, port } = options.listen;
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => {
      const reason =
        error.code === "EADDRINUSE" ? "is in use" : `can not be listened on (${error.code ?? error.message})`;
      const message = `${host}:${port} ${reason}; choose another with --listen host:port, port 0 takes a free one`;
      reject(new ExecutorError("ADDRESS_IN_USE", message, error));
    });
    server.listen(port, host, resolve);
  });
  const address = server.address();
  const bound = typeof address === "object" && address !== null ? address.port : port;
  return {
    url: `http://${isIP(host) === 6 ? `[${host}]` : host}:${bound}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function answer(request: IncomingMessage, options: ApiServerOptions): Answer {
  // A page in a browser on this host can make its name resolve to us; it can not make the browser send another Host.
  if (!isLoopbackName(request.headers.host)) return { status: 403, text: "ask for localhost or 127.0.0.1\n" };
  if (request.method !== "GET" && request.method !== "HEAD")
    return { status: 405, text: "only GET is served\n" };
  const path = (request.url ?? "/").split("?")[0] ?? "/";
  switch (path) {
    case "/livez":
    case "/health":
      return { status: 200, text: "ok" };
    case "/readyz": {
      const problem = options.ready();
      return problem === undefined ? { status: 200, text: "ok" } : { status: 503, text: `${problem}\n` };
    }
    case "/v1/executor":
      return { status: 200, json: options.executor() ?? null };
    case "/v1/instances":
      return { status: 200, json: options.instances() };
    case "/v1/events":
      return { status: 200, json: options.events() };
    case "/v1/session":
      return { status: 200, json: options.session() };
    default:
      return {
        status: 404,
        text: "not here; there are /v1/executor /v1/instances /v1/events /v1/session /livez /readyz\n",
      };
  }
}

function send(response: ServerResponse, reply: Answer): void {
  const body = "json" in reply ? JSON.stringify(reply.json) : reply.text;
  response.writeHead(reply.status, {
    "content-type": "json" in reply ? "application/json; charset=utf-8" : "text/plain; charset=utf-8",
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
  });
  response.end(body);
}

export function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || /^127(?:\.\d{1,3}){3}$/.test(host);
}

function isLoopbackName(header: string | undefined): boolean {
  if (header === undefined) return false;
  return isLoopback(header.replace(/:\d+$/, "").replace(/^\[(.*)\]$/, "$1"));
}
