import { execFileSync, spawnSync } from "node:child_process";
import { once } from "node:events";
import { connect } from "node:net";
import { join } from "node:path";
import { systemClock } from "@borealis/clock";
import { describe, expect, it } from "vitest";
import { type TcpProbeOptions, tcpProbe } from "../src/probes/tcp-probe.ts";
import { openConnections, openFiles, serveNobody, serveRaw, unusedPort } from "./loopback.ts";

async function check(options: TcpProbeOptions, timeoutMs = 5000, stopping?: AbortSignal) {
  const probe = tcpProbe(options, { clock: systemClock });
  using deadline = systemClock.deadline(timeoutMs, stopping);
  const result = await probe.check(deadline.signal);
  probe.close();
  return result;
}

describe("a TCP check", () => {
  it("is healthy when a service takes the connection, which it closes at once without a word", async () => {
    const received: Buffer[] = [];
    const closed = Promise.withResolvers<void>();
    const port = await serveRaw((socket) => {
      socket.on("data", (chunk) => received.push(chunk));
      socket.once("close", closed.resolve);
    });
    expect(await check({ port })).toEqual({ healthy: true, durationMs: expect.any(Number) });
    await closed.promise;
    expect(received).toEqual([]);
  });

  it("finds a service that listens on ::1 only, unless it is to ask 127.0.0.1", async () => {
    const port = await serveRaw(() => {}, "::1");
    expect(await check({ port })).toMatchObject({ healthy: true });
    expect(await check({ port, family: 6 })).toMatchObject({ healthy: true });
    expect(await check({ port, family: 4 })).toMatchObject({ healthy: false, kind: "refused" });
  });

  it("does not find one that listens on 127.0.0.1 when it is to ask ::1", async () => {
    const port = await serveRaw(() => {});
    expect(await check({ port, family: 4 })).toMatchObject({ healthy: true });
    expect(await check({ port, family: 6 })).toMatchObject({ healthy: false, kind: "refused" });
  });

  it("is refused where nobody listens", async () => {
    const port = await unusedPort();
    expect(await check({ port })).toEqual({
      healthy: false,
      kind: "refused",
      reason: `connection refused on port ${port}`,
      durationMs: expect.any(Number),
    });
  });

  it("says that there is no such port", async () => {
    expect(await check({ port: 70_000 })).toMatchObject({
      healthy: false,
      kind: "internal",
      reason: expect.stringContaining("70000"),
    });
  });

  it("ends at its deadline when the service has no room for another connection, and leaves no socket", async () => {
    const { port, child } = await serveNobody();
    const waiting = Array.from({ length: 2 }, () => connect(port, "127.0.0.1"));
    await Promise.all(waiting.map((socket) => once(socket, "connect")));
    try {
      const files = openFiles();
      const result = await check({ port }, 200);
      expect(result).toMatchObject({ kind: "timeout", reason: "no answer within 200 ms" });
      await expect.poll(openFiles).toBe(files);
    } finally {
      for (const socket of waiting) socket.destroy();
      child.kill("SIGKILL");
      await once(child, "exit");
    }
  });

  it("that is stopped before it began connects nowhere, and says who stopped it", async () => {
    let connections = 0;
    const port = await serveRaw(() => connections++);
    const stopped = AbortSignal.abort(new Error("the instance has ended"));
    expect(await check({ port }, 5000, stopped)).toMatchObject({
      kind: "timeout",
      reason: "the instance has ended",
    });
    expect(await check({ port })).toMatchObject({ healthy: true });
    await expect.poll(() => connections).toBe(1);
  });

  it("two hundred times leaves nothing open", async () => {
    const [port, nobody] = await Promise.all([serveRaw(() => {}), unusedPort()]);
    const files = openFiles();
    for (let round = 0; round < 100; round++) {
      expect(await check({ port })).toMatchObject({ healthy: true });
      expect(await check({ port: nobody })).toMatchObject({ kind: "refused" });
    }
    await expect.poll(openConnections).toBe(0);
    await expect.poll(openFiles).toBe(files);
  });

  // A network of its own needs root, or a kernel that lets anybody have one.
  const ownNetwork = ["-rn", "bash", "-ec"];
  const inOwnNetwork = it.skipIf(spawnSync("unshare", [...ownNetwork, "ip link set lo up"]).status !== 0);

  function checkWhere(preparation: string, port: number) {
    const script = `ip link set lo up; ${preparation}; exec "$0" "$1" ${port}`;
    const program = join(import.meta.dirname, "tcp-check.ts");
    const output = execFileSync("unshare", [...ownNetwork, script, process.execPath, program]);
    return JSON.parse(String(output));
  }

  inOwnNetwork("is not taken in when the kernel connects it to itself", () => {
    const theOnlyPorts = "echo 45000 45001 > /proc/sys/net/ipv4/ip_local_port_range";
    expect(checkWhere(theOnlyPorts, 45_000)).toMatchObject({ healthy: false, kind: "refused" });
  });

  inOwnNetwork("is refused on a host without IPv6, too", () => {
    const withoutIpv6 = "echo 1 > /proc/sys/net/ipv6/conf/lo/disable_ipv6";
    expect(checkWhere(withoutIpv6, 45_000)).toMatchObject({ healthy: false, kind: "refused" });
  });
});
