import { once } from "node:events";
import { connect } from "node:net";
import { text } from "node:stream/consumers";
import { expect, it, vi } from "vitest";
import { FaultProxy } from "./fault-proxy.ts";
import { connectionOf, namesAt, useZooKeeper } from "./live.ts";

const zooKeeper = useZooKeeper(3);
const soon = { timeout: 20_000, interval: 20 };

/** What a server is in its ensemble, as its four-letter word tells. */
async function isLeader(port: number): Promise<boolean> {
  const socket = connect(port, "127.0.0.1");
  await once(socket, "connect");
  socket.end("srvr");
  return (await text(socket)).includes("Mode: leader");
}

it("is one member when the reply to its create is lost and the next server lags behind", {
  timeout: 60_000,
}, async () => {
  const roles = await Promise.all(zooKeeper.servers.map(({ port }) => isLeader(port)));
  const leader = zooKeeper.servers[roles.indexOf(true)];
  const [near, lagging] = zooKeeper.servers.filter((server) => server !== leader);
  if (leader === undefined || near === undefined || lagging === undefined) throw new Error("no ensemble");
  const observer = zooKeeper.open({ servers: `127.0.0.1:${leader.port}` });
  await using toNear = await FaultProxy.to(near.port);
  await using toLagging = await FaultProxy.to(lagging.port);

  for (let round = 0; round < 5; round++) {
    toNear.mode = "open";
    toLagging.mode = "refuse";
    const session = zooKeeper.open({
      servers: `${toNear.address},${toLagging.address}`,
      sessionTimeoutMs: 8_000,
    });
    const { sessionId } = await connectionOf(session);
    lagging.pause();
    toNear.onReply = ({ frame }) => (/member_\d{10}$/.test(frame.toString("latin1")) ? "swallow" : "pass");
    const announcement = zooKeeper.announce(session, `/lagging/${round}`);
    await vi.waitFor(async () => expect(await namesAt(observer, `/lagging/${round}`)).toHaveLength(1), soon);
    toNear.mode = "refuse";
    toLagging.mode = "open";
    toNear.cut();
    lagging.resume();
    await vi.waitFor(() => expect(announcement.state).toBe("announced"), soon);
    expect(await namesAt(observer, `/lagging/${round}`)).toEqual(["member_0000000000"]);
    expect((await connectionOf(session)).sessionId).toBe(sessionId);
    toNear.onReply = () => "pass";
    await session.close();
  }
});
