import type { Clock } from "@borealis/clock";
import type { TlsProbeOptions } from "../http/http-options.ts";
import type { CheckResult } from "../probes/check-result.ts";
import type { Probe } from "../probes/probe.ts";
import { abortion, type Failure, failureOf } from "../probes/probe-reason.ts";
import { firstTaken, loopbackAddresses } from "../probes/tcp-probe.ts";
import type { HealthAnswer } from "./grpc-health.ts";

const DETAILS_SHOWN = 200;

export interface GrpcProbeOptions {
  readonly port: number;
  /** Whose health. Default: the server's as a whole. */
  readonly service?: string;
  /** Default: not encrypted. */
  readonly tls?: TlsProbeOptions;
  /** Which address of this host. Default: 127.0.0.1 and, when nothing listens there, ::1. */
  readonly family?: 4 | 6;
}

// https://github.com/grpc/grpc/blob/master/doc/statuscodes.md
const NOT_FOUND = 5;
const UNIMPLEMENTED = 12;
const INTERNAL = 13;
const UNAVAILABLE = 14;

/** Healthy is who answers SERVING to `grpc.health.v1.Health/Check`, over a new connection each time. */
export function grpcProbe(options: GrpcProbeOptions, { clock }: { clock: Clock }): Probe {
  const { port, family, service = "", tls } = options;
  const serverName = tls?.serverName ?? "localhost";
  let known: ReturnType<typeof import("./grpc-health.ts").channelCredentials> | undefined;

  async function ask(signal: AbortSignal): Promise<Failure | undefined> {
    const { askHealth, channelCredentials } = await import("./grpc-health.ts");
    const credentials = known ?? channelCredentials(tls, serverName);
    known = credentials;
    return firstTaken(loopbackAddresses(family), async (host) => {
      if (signal.aborted) return abortion(signal);
      const answer = await askHealth({ host, port, service, serverName, credentials }, clock, signal);
      return signal.aborted ? abortion(signal) : judge(answer, options);
    });
  }

  return {
    async check(signal): Promise<CheckResult> {
      const startedAt = clock.now();
      let failure: Failure | undefined;
      try {
        failure = await ask(signal);
      } catch (error) {
        failure = failureOf(error, port);
      }
      const durationMs = clock.now() - startedAt;
      return failure === undefined
        ? { healthy: true, durationMs }
        : { healthy: false, ...failure, durationMs };
    },

    close() {},
  };
}

function judge(answer: HealthAnswer, { port, service, tls }: GrpcProbeOptions): Failure | undefined {
  if ("servingStatus" in answer) {
    if (answer.servingStatus === "SERVING") return undefined;
    return { kind: "status", reason: `${nameOf(service)} is ${answer.servingStatus}` };
  }
  const { code, socketError } = answer;
  const details = wordsIn(answer.details);
  switch (code) {
    case NOT_FOUND:
      return { kind: "status", reason: `the server does not know ${nameOf(service)}: ${details}` };
    case UNIMPLEMENTED:
      return {
        kind: "protocol",
        reason: `the server has no health service (grpc.health.v1.Health): ${details}`,
      };
    case INTERNAL:
      return { kind: "protocol", reason: `the answer is not gRPC's: ${details}` };
    case UNAVAILABLE:
      if (socketError !== undefined) return connectionFailure(socketError, port);
      if (tls !== undefined && TLS_TROUBLE.test(details)) {
        return { kind: "tls", reason: `no trusted connection: ${details}` };
      }
      return { kind: "closed", reason: `connection was closed before the answer was complete (${details})` };
    default:
      return { kind: "status", reason: `gRPC status ${code}: ${details}` };
  }
}

// Nothing but a sentence tells us.
const TLS_TROUBLE = /certificate|TLS|SSL|alert|wrong version number/;

function connectionFailure(error: Error, port: number): Failure {
  const http2 = "code" in error && error.code === "ERR_HTTP2_ERROR";
  return http2
    ? { kind: "protocol", reason: `the answer is not gRPC's: ${error.message}` }
    : failureOf(error, port);
}

function nameOf(service = ""): string {
  return service === "" ? "the server" : `service "${service}"`;
}

/** The cause in the library's sentence, and in OpenSSL's, without time and place. */
function wordsIn(details: string): string {
  const [, cause = details] =
    /Last error: (?:Error(?: \[\w+\])?: )?(.*)\. Resolution note:/s.exec(details) ?? [];
  const [, openSsl = cause] = /:error:\w+:[^:]*:[^:]*:([^:]*):/.exec(cause) ?? [];
  return openSsl.replace(/ \(\d{4}-\S+Z\)$/, "").slice(0, DETAILS_SHOWN);
}
