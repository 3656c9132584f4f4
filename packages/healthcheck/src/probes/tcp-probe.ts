import { Socket } from "node:net";
import type { Clock } from "@borealis/clock";
import type { CheckResult } from "./check-result.ts";
import type { Probe } from "./probe.ts";
import { abortion, type Failure, failureOf } from "./probe-reason.ts";

export interface TcpProbeOptions {
  readonly port: number;
  /** Which address of this host. Default: 127.0.0.1 and, when nothing listens there, ::1. */
  readonly family?: 4 | 6;
}

/** Healthy is who takes a connection, which is closed at once; nothing is sent or read. */
export function tcpProbe({ port, family }: TcpProbeOptions, { clock }: { clock: Clock }): Probe {
  return {
    async check(signal): Promise<CheckResult> {
      const startedAt = clock.now();
      const failure = await firstTaken(loopbackAddresses(family), (host) => connect(host, port, signal));
      const durationMs = clock.now() - startedAt;
      return failure === undefined
        ? { healthy: true, durationMs }
        : { healthy: false, ...failure, durationMs };
    },

    close() {},
  };
}

export function loopbackAddresses(family?: 4 | 6): readonly string[] {
  if (family === undefined) return ["127.0.0.1", "::1"];
  return [family === 4 ? "127.0.0.1" : "::1"];
}

/**
 * Asks one address after the other until one does not refuse the connection.
 * @returns why that failed, or the first when none could be reached.
 */
export async function firstTaken(
  addresses: readonly string[],
  ask: (address: string) => Promise<Failure | undefined>,
): Promise<Failure | undefined> {
  let refusal: Failure | undefined;
  for (const address of addresses) {
    const failure = await ask(address);
    // A host without IPv6 has no address ::1; that nobody listens is what matters.
    if (refusal !== undefined && failure?.kind === "internal") return refusal;
    if (failure?.kind !== "refused") return failure;
    refusal = failure;
  }
  return refusal;
}

/** @returns why there is no connection. */
function connect(host: string, port: number, signal: AbortSignal): Promise<Failure | undefined> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve(abortion(signal));
    const socket = new Socket();
    const end = (failure?: Failure) => {
      signal.removeEventListener("abort", stop);
      // Also one that is still connecting: with the service's queue full it would go on for minutes.
      socket.destroy();
      resolve(failure);
    };
    const stop = () => end(abortion(signal));
    signal.addEventListener("abort", stop);
    socket.on("error", (error) => end(failureOf(error, port)));
    socket.once("connect", () => end(isLoop(socket) ? refused(port) : undefined));
    try {
      socket.connect({ host, port });
    } catch (error) {
      // No such port.
      end(failureOf(error, port));
    }
  });
}

/** Our end was given the very port it asked for, and the kernel connected it to itself: nobody listens there. */
function isLoop({ localAddress, localPort, remoteAddress, remotePort }: Socket): boolean {
  return localPort === remotePort && localAddress === remoteAddress;
}

function refused(port: number): Failure {
  return { kind: "refused", reason: `connection refused on port ${port}` };
}
