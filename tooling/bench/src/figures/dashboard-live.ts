import { existsSync } from "node:fs";
import { buildDashboard, startDemo } from "@borealis/demo";
import { connectZooKeeper, ensureParents } from "@borealis/serverset";
import { type Browser, chromium, type Page } from "playwright-core";
import { type Bench, figureOf } from "../figure.ts";
import { connectRaw, type RawClient } from "../raw-zookeeper.ts";

const SET = "/aurora/bench/prod/live";
const RUNS = 30;
const CONNECT_MS = 10_000;
const CHROMIUM = process.env["BOREALIS_CHROMIUM"] ?? "/usr/bin/chromium";
/** For root, and so that the browser calls nobody. */
const ARGUMENTS = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-background-networking",
  "--disable-sync",
];

/** Both moments are on the same machine's clock: the page writes its own down. */
export const dashboardLive: Bench = {
  name: "dashboard.live",
  about: "a member deleted in ZooKeeper to its row gone in a browser, beside a bare watch",
  async run(tell) {
    if (!existsSync(CHROMIUM)) {
      tell("Chromium is not installed (apt-get install chromium, or BOREALIS_CHROMIUM): left out");
      return undefined;
    }
    tell("building the dashboard, if it has changed");
    buildDashboard();
    const demo = await startDemo({ onProgress: () => {}, signal: new AbortController().signal });
    let browser: Browser | undefined;
    const clients: RawClient[] = [];
    try {
      const writer = await connectRaw(demo.zooKeeper);
      const watcher = await connectRaw(demo.zooKeeper);
      clients.push(writer, watcher);
      await makeSet(demo.zooKeeper);
      browser = await chromium.launch({ executablePath: CHROMIUM, args: ARGUMENTS });
      const page = await browser.newPage();
      await page.goto(`${demo.dashboardUrl}/jobs/bench/prod/live`);
      const ours: number[] = [];
      const floor: number[] = [];
      for (let run = 0; run < RUNS; run++) {
        const { seen, shown } = await deleteOne(
          page,
          writer,
          watcher,
          `member_${String(run).padStart(10, "0")}`,
        );
        floor.push(seen);
        ours.push(shown);
        if ((run + 1) % 10 === 0) tell(`${run + 1} of ${RUNS}`);
      }
      return figureOf({ name: this.name, unit: "ms", goal: 1_000, goalOf: "ours" }, { ours, floor });
    } finally {
      for (const client of clients) client.close();
      await browser?.close();
      await demo.stop();
    }
  },
};

async function makeSet(servers: string): Promise<void> {
  await using session = connectZooKeeper({ servers });
  const { connection } = await session.connected(AbortSignal.timeout(CONNECT_MS));
  await ensureParents(connection, `${SET}/member_`);
}

/** Milliseconds from asking for the deletion until the watch says so, and until the page does. */
async function deleteOne(page: Page, writer: RawClient, watcher: RawClient, member: string) {
  const path = `${SET}/${member}`;
  await writer.create(path);
  await page.locator(`tr[data-member="${member}"]`).waitFor();
  const gone = page.evaluate(
    (name) =>
      new Promise<number>((resolve) => {
        const look = () => {
          if (document.querySelector(`tr[data-member="${name}"]`) === null) resolve(Date.now());
        };
        new MutationObserver(look).observe(document.body, {
          childList: true,
          subtree: true,
          attributes: true,
        });
      }),
    member,
  );
  const deletion = await watcher.deletionOf(path);
  await deletion.armed;
  const askedAt = { date: Date.now(), now: performance.now() };
  await writer.remove(path);
  return { seen: (await deletion.seenAt) - askedAt.now, shown: (await gone) - askedAt.date };
}
