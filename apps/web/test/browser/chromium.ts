import { existsSync } from "node:fs";
import { type Browser, chromium } from "playwright-core";

const CANDIDATES = [process.env["BOREALIS_CHROMIUM"], "/usr/bin/chromium", "/usr/bin/chromium-browser"];

/** The real browser, without a sandbox of its own (tests run as root) and without calls to its maker's servers. */
export async function launchChromium(): Promise<Browser> {
  const executablePath = CANDIDATES.find((candidate) => candidate !== undefined && existsSync(candidate));
  if (executablePath === undefined) {
    throw new Error("Chromium is not here: apt-get install chromium, or set BOREALIS_CHROMIUM to its path");
  }
  return chromium.launch({
    executablePath,
    args: [
      "--headless",
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
}
