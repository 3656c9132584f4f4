import { createServer, type RequestListener } from "node:http";
import { systemClock } from "@borealis/clock";
import type { HttpProbeOptions } from "../src/http/http-options.ts";
import { httpProbe } from "../src/http/http-probe.ts";
import type { CheckResult } from "../src/probes/check-result.ts";
import { listen, serveRaw } from "./loopback.ts";

export const serveHttp = (listener: RequestListener, host?: string) => listen(createServer(listener), host);

export const answering = (statusCode: number, body: string, headers: Record<string, string> = {}) =>
  serveHttp((_request, response) => response.writeHead(statusCode, headers).end(body));

/** A service that sends these bytes for an answer, and closes. */
export const serveBytes = (bytes: string) =>
  serveRaw((socket) => socket.once("data", () => socket.end(Buffer.from(bytes, "latin1"))));

/** Asks once. */
export async function ask(
  options: HttpProbeOptions,
  timeoutMs = 5000,
  stopping?: AbortSignal,
): Promise<CheckResult> {
  const probe = httpProbe(options, { clock: systemClock });
  using deadline = systemClock.deadline(timeoutMs, stopping);
  const result = await probe.check(deadline.signal);
  probe.close();
  return result;
}
