import { expect, it, vi } from "vitest";
import { connectionOf, namesAt, useZooKeeper } from "./live.ts";

const zooKeeper = useZooKeeper(3);

it("keeps session and member when the server it is connected to, and then the leader, is killed", {
  timeout: 60_000,
}, async () => {
  const session = zooKeeper.open({ sessionTimeoutMs: 6_000 });
  const observer = zooKeeper.open({ sessionTimeoutMs: 6_000 });
  const { sessionId } = await connectionOf(session);
  const announcement = zooKeeper.announce(session, "/ensemble");
  await vi.waitFor(() => expect(announcement.report.state).toBe("announced"), { timeout: 8_000 });
  const { member } = announcement.report;

  const own = zooKeeper.servers.find(({ port }) => session.status.server === `127.0.0.1:${port}`);
  await own?.kill();
  await vi.waitFor(() => expect(session.status.server).not.toBe(`127.0.0.1:${own?.port}`), {
    timeout: 10_000,
  });
  await own?.start();
  for (const server of zooKeeper.servers) {
    await server.kill();
    await vi.waitFor(async () => expect(await namesAt(observer, "/ensemble")).toEqual([member]), {
      timeout: 10_000,
    });
    expect((await connectionOf(session)).sessionId).toBe(sessionId);
    await server.start();
  }
  expect(announcement.report).toEqual({ state: "announced", member });
  expect(session.status.generation).toBe(1);
});
