import type { Clock } from "@borealis/clock";
import type { CheckResult } from "../probes/check-result.ts";
import type { Probe } from "../probes/probe.ts";
import { abortion } from "../probes/probe-reason.ts";
import { HttpCheck, type HttpPlan } from "./http-check.ts";
import { HttpConnection } from "./http-connection.ts";
import { tlsSettings } from "./http-connector.ts";
import { DEFAULT_BODY, judgeStatus } from "./http-judge.ts";
import type { HttpProbeOptions } from "./http-options.ts";
import { createSharedHttp, type SharedHttp } from "./shared-http.ts";
import { SUCCESS } from "./status-ranges.ts";

/** Asking these twice does no more than asking once, which a connection that may have died asks for. */
const IDEMPOTENT: ReadonlySet<string> = new Set(["GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE"]);

/**
 * GET http://localhost:<port>/health, healthy when it answers 2xx and `ok`, or what the options say.
 *
 * Redirects are an answer like any other unless they are to be followed. When a check settles its socket is gone, but
 * for one that is kept alive. A closed one leaves TIME_WAIT behind for a minute, as a reset would be an error in the
 * service's log; Linux gives such a port away again after a second on loopback.
 * @param dispatcher shared by all probes of the process; without it the probe has its own.
 */
export function httpProbe(
  options: HttpProbeOptions,
  { clock, dispatcher }: { clock: Clock; dispatcher?: SharedHttp },
): Probe {
  const plan = planOf(options, clock);
  if (plan instanceof Error) return hopeless(`the question can not be asked: ${plan.message}`);
  return plan.keepAlive ? keptProbe(plan) : freshProbe(plan, dispatcher);
}

function freshProbe(plan: HttpPlan, shared: SharedHttp | undefined): Probe {
  const connections = shared ?? createSharedHttp();
  return {
    check: (signal) =>
      unlessAborted(signal, (settle) => {
        const connection = connections.borrow();
        new HttpCheck(plan, connection, signal, (result) => {
          connections.giveBack(connection);
          settle(result);
        });
      }),
    close() {
      if (shared === undefined) connections.close();
    },
  };
}

function keptProbe(plan: HttpPlan): Probe {
  const connection = new HttpConnection();
  return {
    check: (signal) =>
      unlessAborted(signal, (settle) => void new HttpCheck(plan, connection, signal, settle)),
    close: () => connection.close(),
  };
}

function hopeless(reason: string): Probe {
  return {
    check: async () => ({ healthy: false, kind: "internal", reason, durationMs: 0 }),
    close() {},
  };
}

function unlessAborted(
  signal: AbortSignal,
  start: (settle: (result: CheckResult) => void) => void,
): Promise<CheckResult> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve({ healthy: false, ...abortion(signal), durationMs: 0 });
    else start(resolve);
  });
}

function planOf(options: HttpProbeOptions, clock: Clock): HttpPlan | Error {
  const { port, scheme = "http", family, method = "GET", path = "/health", headers = {} } = options;
  const { status = SUCCESS, followRedirects = false, keepAlive = false, tls = {} } = options;
  const ownHost = Object.entries(headers).find(([name]) => name.toLowerCase() === "host")?.[1];
  const host = ownHost ?? `localhost:${port}`;
  const base = `${scheme}://${host}`;
  const keep = keepAlive && IDEMPOTENT.has(method);
  try {
    return {
      target: { port, family, tls: scheme === "https" ? tlsSettings(tls, ownHost) : undefined },
      request: {
        method,
        path,
        headers: ownHost === undefined ? { host, ...headers } : headers,
        // Said for HEAD, too, where undici would rather close.
        reset: !keep,
      },
      question: { method, path },
      base: URL.canParse(base) ? base : `${scheme}://localhost:${port}`,
      judgeStatus: (statusCode) => judgeStatus(statusCode, status),
      // There is none to be looked at.
      body: options.body === undefined ? (method === "HEAD" ? null : DEFAULT_BODY) : options.body,
      followRedirects,
      keepAlive: keep,
      clock,
    };
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}
