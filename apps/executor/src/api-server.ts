import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { isIP } from "node:net";
import type { HealthService } from "@borealis/healthcheck";
import type { ExecutorEvent, ExecutorRecord, InstanceRecord } from "@borealis/schema";
import type { SessionHealth } from "@borealis/serverset";
import { type Answer, problem, send } from "./api/answer.ts";
import { answerHealth } from "./api/health.ts";
import { ExecutorError } from "./errors.ts";

export interface ApiServerOptions {
  readonly listen: { readonly host: string; readonly port: number };
  readonly executor: () => ExecutorRecord | undefined;
  readonly instances: () => readonly InstanceRecord[];
  readonly events: () => readonly ExecutorEvent[];
  readonly session: () => SessionHealth;
  /** Why the executor is not ready, in words; undefined when it is. */
  readonly ready: () => string | undefined;
  readonly health: HealthService;
  /** In the text format of Prometheus. */
  readonly metrics: () => Promise<Metrics>;
  /** Whoever shows it may change something. */
  readonly token: string;
  /** How long a request may take to come in. */
  readonly requestTimeoutMs?: number;
}

interface Metrics {
  readonly contentType: string;
  readonly text: string;
}

export interface ApiServer {
  readonly url: string;
  close(): Promise<void>;
}

const REQUEST_TIMEOUT_MS = 10_000;
const MOST_CONNECTIONS = 64;

/**
 * The observer API: what this executor knows, for the dashboard and for people. It listens on loopback, and changes
 * nothing but snoozes of health checks, and them only for who has the token.
 * @throws ExecutorError ADDRESS_IN_USE
 */
export async function startApiServer(options: ApiServerOptions): Promise<ApiServer> {
  const { requestTimeoutMs = REQUEST_TIMEOUT_MS } = options;
  // Node looks for requests that are over time every half a minute unless it is told otherwise.
  const timeouts = {
    requestTimeout: requestTimeoutMs,
    connectionsCheckingInterval: requestTimeoutMs / 2,
  };
  const server = createServer(timeouts, (request, response) => void respond(request, response, options));
  // Whoever opens more takes descriptors that health checks need.
  server.maxConnections = MOST_CONNECTIONS;
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

async function respond(
  request: IncomingMessage,
  response: ServerResponse,
  options: ApiServerOptions,
): Promise<void> {
  let reply: Answer;
  try {
    reply = await answer(request, options);
  } catch (error) {
    reply = inWords(request.url, 500, `unexpected: ${(error as Error).message}`);
  }
  // Who hung up, or was too slow, hears nothing more.
  if (!response.destroyed && !response.headersSent) send(response, reply);
}

/** What is wrong: programs ask below `/v1`, people and probes elsewhere. */
function inWords(path: string | undefined, status: number, message: string, headers = {}): Answer {
  return path?.startsWith("/v1/") === true
    ? problem(status, message, headers)
    : { status, text: `${message}\n`, headers };
}

const HEALTH = "/v1/health";

async function answer(request: IncomingMessage, options: ApiServerOptions): Promise<Answer> {
  // A page in a browser on this host can make its name resolve to us; it can not make the browser send another Host.
  if (!isLoopbackName(request.headers.host)) {
    return inWords(request.url, 403, "ask for localhost or 127.0.0.1");
  }
  const [path = "/", ...search] = (request.url ?? "/").split("?");
  if (path === HEALTH || path.startsWith(`${HEALTH}/`)) {
    const parts = partsOf(path.slice(HEALTH.length));
    if (parts === undefined) return problem(400, "the path holds a % that is no escape; write %25");
    const { health, token } = options;
    return await answerHealth({
      request,
      parts,
      query: new URLSearchParams(search.join("?")),
      health,
      token,
    });
  }
  const known = await read(path, options);
  if (known === undefined) {
    const message = `not here; there are /v1/executor /v1/instances /v1/events /v1/session ${HEALTH} /metrics /livez /readyz`;
    return inWords(path, 404, message);
  }
  if (request.method === "GET" || request.method === "HEAD") return known;
  return inWords(path, 405, "only GET is served here", { allow: "GET, HEAD" });
}

async function read(path: string, options: ApiServerOptions): Promise<Answer | undefined> {
  switch (path) {
    case "/livez":
    case "/health":
      return { status: 200, text: "ok" };
    case "/readyz": {
      const reason = options.ready();
      return reason === undefined ? { status: 200, text: "ok" } : { status: 503, text: `${reason}\n` };
    }
    case "/metrics":
      return await metrics(options);
    case "/v1/executor":
      return { status: 200, json: options.executor() ?? null };
    case "/v1/instances":
      return { status: 200, json: options.instances() };
    case "/v1/events":
      return { status: 200, json: options.events() };
    case "/v1/session":
      return { status: 200, json: options.session() };
    default:
      return undefined;
  }
}

async function metrics(options: ApiServerOptions): Promise<Answer> {
  const { contentType, text } = await options.metrics();
  return { status: 200, text, contentType };
}

/** Of a path that is empty or begins with a slash. @returns undefined when it is badly escaped. */
function partsOf(path: string): readonly string[] | undefined {
  try {
    return path.split("/").slice(1).map(decodeURIComponent);
  } catch {
    return undefined;
  }
}

export function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || /^127(?:\.\d{1,3}){3}$/.test(host);
}

function isLoopbackName(header: string | undefined): boolean {
  if (header === undefined) return false;
  return isLoopback(header.replace(/:\d+$/, "").replace(/^\[(.*)\]$/, "$1"));
}
