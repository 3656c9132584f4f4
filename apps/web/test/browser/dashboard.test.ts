import { type Demo, startDemo } from "@borealis/demo";
import { connectZooKeeper } from "@borealis/serverset";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { launchChromium } from "./chromium.ts";

// The whole system, as `npm run demo` brings it up; each test looks at it through a real browser.
let demo: Demo;
let browser: Browser;

beforeAll(async () => {
  demo = await startDemo({ onProgress: () => {}, signal: new AbortController().signal });
  browser = await launchChromium();
}, 120_000);

afterAll(async () => {
  await browser?.close();
  await demo?.stop();
}, 60_000);

/** Opens a page; any error in it fails the test, and so does a reload. */
async function open(path: string): Promise<Page> {
  const page = await browser.newPage();
  const errors: string[] = [];
  let loads = 0;
  page.on("pageerror", (error) => errors.push(String(error)));
  page.on("console", (message) => {
    // A stream that broke because ZooKeeper or the server went is what some tests are about.
    if (message.type() === "error" && !/Failed to load resource|net::ERR/.test(message.text())) {
      errors.push(message.text());
    }
  });
  page.on("load", () => {
    loads++;
  });
  onTestFinished(async () => {
    await page.close();
    expect(errors).toEqual([]);
    expect(loads).toBe(1);
  });
  await page.goto(`${demo.dashboardUrl}${path}`);
  return page;
}

async function post(service: string, action: "break" | "mend"): Promise<void> {
  const response = await fetch(`${demo.services.get(service)}/${action}`, { method: "POST" });
  expect(response.ok).toBe(true);
}

const row = (page: Page, job: string) => page.locator(`tr[data-job="${job}"]`);

test("the jobs table shows every job of the demo with its instances, health and members", async () => {
  const page = await open("/jobs");
  const hello = row(page, "www-data/prod/hello");
  await hello.locator('[data-instances="3/3"]').waitFor();
  await hello.locator('[data-announced="3"]').waitFor();
  await hello.locator('[data-healthy="3"]').waitFor();
  for (const job of ["www-data/staging1/toggle", "batch/devel/worker", "legacy/test/search"]) {
    await row(page, job).locator('[data-announced="1"]').waitFor();
  }
  expect(await page.title()).toContain("Borealis");
  await row(page, "www-data/prod/hello").getByRole("link", { name: "hello" }).click();
  await page.waitForURL("**/jobs/www-data/prod/hello");
  await expect.poll(() => page.locator("tr[data-instance]").count()).toBe(3);
  await expect.poll(() => page.locator("tr[data-member]").count()).toBe(3);
});

test("a service that breaks is shown failing and not announced, its member goes, and both come back, without a reload", async () => {
  const page = await open("/jobs/www-data/staging1/toggle");
  const instance = page.locator('tr[data-instance="0"]');
  await page.locator('tr[data-instance="0"][data-health="healthy"][data-announced="announced"]').waitFor();
  const member = page.locator("tr[data-member]");
  await expect.poll(() => member.count()).toBe(1);
  const before = await member.getAttribute("data-member");

  await post("toggle/0", "break");
  await page.locator('tr[data-instance="0"][data-health="failing"][data-announced="withdrawn"]').waitFor();
  await expect.poll(() => member.count()).toBe(0);
  expect(await instance.innerText()).toContain("HTTP 503");

  await post("toggle/0", "mend");
  await page.locator('tr[data-instance="0"][data-health="healthy"][data-announced="announced"]').waitFor();
  await expect.poll(() => member.count()).toBe(1);
  expect(await member.getAttribute("data-member")).not.toBe(before);
});

// How soon is a figure: npm run bench -- --only dashboard.live
test("a member deleted by hand goes from the screen, and its successor comes, without a reload", async () => {
  const page = await open("/jobs/www-data/prod/hello");
  const rows = page.locator("tr[data-member]");
  await expect.poll(() => rows.count()).toBe(3);
  const name = await rows.first().getAttribute("data-member");
  await using session = connectZooKeeper({ servers: demo.zooKeeper });
  const { connection } = await session.connected(AbortSignal.timeout(5_000));
  await connection.remove(`/aurora/www-data/prod/hello/${name}`);
  await expect.poll(() => page.locator(`tr[data-member="${name}"]`).count()).toBe(0);
  await expect.poll(() => rows.count()).toBe(3);
});

test("a sidecar is shown beside the service it speaks for", async () => {
  const page = await open("/jobs/legacy/test/search");
  await page.locator('tr[data-instance="0"][data-health="healthy"][data-announced="announced"]').waitFor();
  expect((await page.locator('tr[data-instance="0"]').innerText()).toLowerCase()).toContain("sidecar");
});

test("a job that does not exist says so", async () => {
  const page = await open("/jobs/nobody/prod/nothing");
  await expect.poll(() => page.locator("main").innerText()).toMatch(/nobody\/prod\/nothing/);
});

test("when ZooKeeper goes, the last known stays on the screen and is marked stale, and comes back live", async () => {
  const page = await open("/jobs");
  await row(page, "www-data/prod/hello").locator('[data-announced="3"]').waitFor();
  await page.locator('main[data-source-state="live"]').waitFor();
  const [server] = demo.privateZooKeeper?.servers ?? [];
  await server?.kill();
  await page.locator('main[data-source-state="stale"]').waitFor();
  expect(await row(page, "www-data/prod/hello").locator('[data-announced="3"]').count()).toBe(1);
  await server?.start();
  await page.locator('main[data-source-state="live"]').waitFor();
  await row(page, "www-data/prod/hello").locator('[data-announced="3"]').waitFor();
});
