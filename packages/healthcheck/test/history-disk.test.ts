import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { ALL, failed, logs, opened, passed, temporaryDirectory } from "./history-opened.ts";

const CHECKS = Array.from({ length: 40 }, (_, number) => `role/prod/job/${number}/http`);

/** A file system of its own; undefined where that is not permitted. */
function mount(size: string): { directory: string; remount(options: string): void } | undefined {
  const directory = mkdtempSync(join(tmpdir(), "borealis-history-"));
  const done = spawnSync("mount", ["-t", "tmpfs", "-o", `size=${size}`, "tmpfs", directory]);
  onTestFinished(() => {
    if (done.status === 0) spawnSync("umount", ["--lazy", directory]);
    rmSync(directory, { recursive: true, force: true });
  });
  if (done.status !== 0) return undefined;
  return {
    directory,
    remount(options) {
      const again = spawnSync("mount", ["-o", `remount,${options}`, directory], { encoding: "utf8" });
      if (again.status !== 0) throw new Error(again.stderr);
    },
  };
}

test("a disk that is full is told once, and again when there is room; nothing that is remembered is lost", async ({
  skip,
}) => {
  const disk = mount("128k");
  if (disk === undefined) return skip("needs the permission to mount a tmpfs");
  const { history, clock, problems, directory } = opened({ directory: disk.directory });
  const write = (round: number) => {
    for (const check of CHECKS) {
      history.result(
        check,
        failed(clock.wallTime(), { durationMs: round, output: `${"x".repeat(300)} ${round}` }),
      );
    }
  };
  for (let round = 0; round < 20; round++) {
    write(round);
    await clock.advance(5_000);
  }
  await expect.poll(() => problems).toEqual([expect.stringMatching(/can not be written: ENOSPC/)]);
  const before = CHECKS.map((check) => history.results(check, ALL));
  expect(before.map((results) => results.length)).toEqual(CHECKS.map(() => 20));

  disk.remount("size=8m");
  await expect
    .poll(async () => {
      await clock.advance(5_000);
      return problems.slice(1);
    })
    .toEqual([expect.stringMatching(/ is written again/)]);
  write(20);
  const after = CHECKS.map((check) => history.results(check, ALL));
  history.close();
  const again = opened({ directory, clock });
  expect(CHECKS.map((check) => again.history.results(check, ALL))).toEqual(after);
  expect(again.problems).toEqual([]);
});

test("what waits for a full disk is bounded, and written from memory when there is room", {
  timeout: 60_000,
}, async ({ skip }) => {
  const disk = mount("64k");
  if (disk === undefined) return skip("needs the permission to mount a tmpfs");
  const limits = { bytes: 1024 * 1024 };
  const { history, clock, problems, directory } = opened({ directory: disk.directory, limits });
  const write = () => {
    for (const check of CHECKS) history.result(check, passed(clock.wallTime()));
  };
  const size = () => statSync(logs(directory)[0] ?? "").size;
  while (problems.length === 0) {
    const before = size();
    write();
    await clock.advance(500);
    await expect.poll(() => problems.length > 0 || size() > before, { interval: 1 }).toBe(true);
  }
  for (let round = 0; round < 200; round++) write();
  expect(problems).toEqual([expect.stringMatching(/can not be written: ENOSPC/)]);
  const before = CHECKS.map((check) => history.results(check, ALL));
  disk.remount("size=8m");
  await expect
    .poll(async () => {
      await clock.advance(5_000);
      return problems[1];
    })
    .toMatch(/is written again; \d+ records waited for too long/);
  history.close();
  const again = opened({ directory, clock, limits });
  expect(CHECKS.map((check) => again.history.results(check, ALL))).toEqual(before);
});

test("what is on a disk that can not be written is read, and written on when it can", async ({ skip }) => {
  const disk = mount("8m");
  if (disk === undefined) return skip("needs the permission to mount a tmpfs");
  const { directory } = disk;
  const first = opened({ directory });
  const now = first.clock.wallTime();
  first.history.result("a", passed(now));
  first.history.close();

  disk.remount("ro");
  const { history, clock, problems } = opened({ directory });
  expect(problems).toEqual([expect.stringContaining("can not be written")]);
  history.result("a", passed(now + 1));
  expect(history.results("a", ALL).map(({ at }) => at)).toEqual([now + 1, now]);

  disk.remount("rw");
  await clock.advance(5_000);
  await expect.poll(() => problems.slice(1)).toEqual([expect.stringMatching(/is written again$/)]);
  history.result("a", passed(now + 2));
  history.close();
  const again = opened({ directory });
  expect(again.history.results("a", ALL).map(({ at }) => at)).toEqual([now + 2, now + 1, now]);
  expect(again.problems).toEqual([]);
});

test("what could not be written at the start is written at the end, when it can", ({ skip }) => {
  // Room for the directory and the lock.
  const disk = mount("8m,nr_inodes=2");
  if (disk === undefined) return skip("needs the permission to mount a tmpfs");
  const { directory } = disk;
  const { history, clock, problems } = opened({ directory });
  expect(problems).toEqual([expect.stringMatching(/can not be written: ENOSPC/)]);
  history.result("a", passed(clock.wallTime()));
  disk.remount("nr_inodes=100");
  history.close();
  const again = opened({ directory });
  expect(again.history.checks()).toEqual(["a"]);
  again.history.close();

  disk.remount("ro");
  const late = opened({ directory });
  late.history.result("b", passed(clock.wallTime()));
  disk.remount("rw");
  late.history.close();
  expect(opened({ directory }).history.checks().toSorted()).toEqual(["a", "b"]);
});

test("a directory that can not be is told, and used as soon as it can", async () => {
  const inTheWay = join(temporaryDirectory(), "file");
  writeFileSync(inTheWay, "");
  const directory = join(inTheWay, "history");
  const { history, clock, problems } = opened({ directory });
  expect(problems).toEqual([expect.stringMatching(/can not be written: E(NOTDIR|EXIST)/)]);
  history.result("a", passed(clock.wallTime()));
  await clock.advance(5_000);
  rmSync(inTheWay);
  await clock.advance(5_000);
  await expect.poll(() => problems.slice(1)).toEqual([expect.stringMatching(/is written again$/)]);
  history.close();
  expect(opened({ directory }).history.checks()).toEqual(["a"]);
  expect(statSync(logs(directory)[0] ?? "").mode & 0o777).toBe(0o600);
});
