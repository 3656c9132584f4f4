import { expect, it, vi } from "vitest";
import type { Announcement } from "../src/index.ts";
import { REQUEST } from "./fault-proxy.ts";
import { expire, namesAt, useZooKeeper } from "./live.ts";

const zooKeeper = useZooKeeper();
const SESSIONS = 10;
const EACH = 60;
const soon = { timeout: 30_000, interval: 50 };

it("many members whose sessions expire together come back spread over seconds, all of them, each once", {
  timeout: 90_000,
}, async () => {
  const observer = zooKeeper.open();
  const proxy = await zooKeeper.proxy();
  const sessions = Array.from({ length: SESSIONS }, () =>
    zooKeeper.open({ servers: proxy.address, sessionTimeoutMs: 8_000 }),
  );
  const announcements = sessions.flatMap((session, index) =>
    Array.from({ length: EACH }, (_, shard) => zooKeeper.announce(session, "/storm", index * EACH + shard)),
  );
  const announced = (generation: number) =>
    announcements.filter((each) => each.state === "announced" && each.generation === generation).length;
  await vi.waitFor(() => expect(announced(1)).toBe(SESSIONS * EACH), soon);

  const createdAt: number[] = [];
  proxy.onRequest = (request) => {
    if (request === REQUEST.create) createdAt.push(performance.now());
  };
  await Promise.all(sessions.map(expire));
  await vi.waitFor(() => expect(announced(2)).toBe(SESSIONS * EACH), soon);
  // 60 for each session at 20/s is 3 s. No quarter of a second sees more than a few times its share of them.
  const [first = 0] = createdAt;
  const perQuarter = new Map<number, number>();
  for (const at of createdAt) {
    const quarter = Math.floor((at - first) / 250);
    perQuarter.set(quarter, (perQuarter.get(quarter) ?? 0) + 1);
  }
  expect(createdAt).toHaveLength(SESSIONS * EACH);
  expect(Math.max(...perQuarter.values())).toBeLessThan((SESSIONS * EACH) / 3);
  expect(new Set(await namesAt(observer, "/storm"))).toEqual(new Set(announcements.map(idOf)));
});

function idOf({ memberId }: Announcement): string | undefined {
  return memberId;
}
