import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import {
  type AnnouncementEvents,
  type AnnouncementState,
  CLIENT_LIMITS,
  DEFAULT_WAIT_MS,
  type SetEvent,
  type WatchOptions,
} from "../src/index.ts";

const page = readFileSync(new URL("../../../docs/serverset.md", import.meta.url), "utf8");

/** The first column of the tables of a chapter, table by table. */
function firstColumns(chapter: string): string[][] {
  const [, text = ""] = page.split(`\n## ${chapter}\n`);
  const [own = ""] = text.split("\n## ");
  return own.split(/\n\n/).flatMap((block) => {
    const rows = block.trim().split("\n").slice(2);
    return block.trim().startsWith("|") ? [rows.map((row) => row.split("`")[1] ?? "")] : [];
  });
}

// The compiler sees to it that these name all there are; the tests that the page does.
const STATES: Record<AnnouncementState, 1> = {
  pending: 1,
  announced: 1,
  unconfirmed: 1,
  suspect: 1,
  leaving: 1,
  left: 1,
  failed: 1,
};
const ANNOUNCEMENT_EVENTS: Record<keyof AnnouncementEvents, 1> = {
  confirmed: 1,
  unconfirmed: 1,
  suspect: 1,
  lost: 1,
  reannounced: 1,
  error: 1,
};
const SET_EVENTS: Record<SetEvent["type"], 1> = { snapshot: 1, change: 1, stale: 1, fresh: 1, problem: 1 };
const WATCH_OPTIONS: Record<Exclude<keyof WatchOptions, "signal">, 1> = {
  removeAfterMs: 1,
  massRemovalGuard: 1,
  probationMs: 1,
  resyncMs: 1,
  onePerShard: 1,
  weights: 1,
  mostMembers: 1,
};

it("has a page that names every state and event of an announcement", () => {
  expect(firstColumns("Announcing")).toEqual([Object.keys(STATES), Object.keys(ANNOUNCEMENT_EVENTS)]);
});

it("has a page that names every event and option of a watch", () => {
  expect(firstColumns("Reading and watching")).toEqual([Object.keys(SET_EVENTS), Object.keys(WATCH_OPTIONS)]);
});

it("has a page whose limits and waits are those of the code", () => {
  expect(page).toContain(`end after ${DEFAULT_WAIT_MS / 1000} s`);
  for (const [name, limit] of Object.entries(CLIENT_LIMITS)) {
    expect(page).toMatch(new RegExp(`\`limits\\.${name}\` \\| ${limit.toLocaleString("en")} `));
  }
});
