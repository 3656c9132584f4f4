import { join } from "node:path";
import { PeerProcess } from "./peer-process.ts";
import type { CheckerWindow } from "./peers/health-checker.ts";
import type { PortRange } from "./port-range.ts";

const PROGRAM = join(import.meta.dirname, "peers/health-checker.ts");
/** As `borealis` starts: what strips the types takes 30 MB and is not loaded when there is nothing to strip. */
const COMPILED = join(import.meta.dirname, "../../../node_modules/.cache/compiled");

/** As `borealis` starts its own Node. */
const V8_OPTIONS = ["--max-semi-space-size=8", "--heap-growing-percent=30"];

export type Connections = "fresh" | "keepalive";

/** Our checker in a process of its own, asking each of the ports it has taken in once a second. */
export class HealthChecker implements AsyncDisposable {
  readonly pid: number;
  readonly #peer: PeerProcess;

  private constructor(pid: number, peer: PeerProcess) {
    this.pid = pid;
    this.#peer = peer;
  }

  static async start({ first }: PortRange, connections: Connections): Promise<HealthChecker> {
    // What is compiled is kept when a process ends, for the next.
    await (await HealthChecker.#start(first, connections))[Symbol.asyncDispose]();
    return HealthChecker.#start(first, connections);
  }

  static async #start(firstPort: number, connections: Connections): Promise<HealthChecker> {
    const command = [process.execPath, ...V8_OPTIONS, PROGRAM, String(firstPort), connections];
    const peer = new PeerProcess("env", [`NODE_COMPILE_CACHE=${COMPILED}`, ...command]);
    return new HealthChecker(Number(await peer.line()), peer);
  }

  async add(count: number): Promise<void> {
    await this.#peer.ask(`add ${count}`);
  }

  /** Until `wake` it does nothing at all, like on a host that sleeps. */
  rest(): void {
    process.kill(this.pid, "SIGSTOP");
  }

  wake(): void {
    process.kill(this.pid, "SIGCONT");
  }

  async begin(): Promise<void> {
    await this.#peer.ask("begin");
  }

  /** What happened since `begin`. */
  async end(): Promise<CheckerWindow> {
    return JSON.parse(await this.#peer.ask("end"));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.wake();
    await this.#peer[Symbol.asyncDispose]();
  }
}
