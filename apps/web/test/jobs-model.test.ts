import { expect, onTestFinished, test, vi } from "vitest";
import { ID, memberName, NOW, Znodes } from "./znodes.ts";

const JOB = "/borealis/jobs/www-data/prod/hello";

test("a change of one path computes only its job", () => {
  const znodes = new Znodes()
    .job(1)
    .put("/borealis/jobs/ops/test/other", { hash: "", instances: 1, config: null });
  const other = znodes.model.view("ops/test/other");
  znodes.instance(0);
  expect(znodes.model.view("ops/test/other")).toBe(other);
});

test("a reader is told what changed since its revision, once", () => {
  const znodes = new Znodes().job(1);
  const before = znodes.model.revision;
  znodes.instance(0).member(memberName(0));
  expect(znodes.model.changesSince(before)).toMatchObject({
    complete: true,
    rows: [{ id: ID, announced: 1 }],
  });
  expect(znodes.model.changesSince(znodes.model.revision)).toEqual({
    complete: true,
    rows: [],
    touched: [],
    removed: [],
  });
});

test("what changes the job's page only touches it", () => {
  const znodes = new Znodes().job(1).instance(0).member(memberName(0));
  const before = znodes.model.revision;
  znodes.instance(0, { updatedAt: NOW });
  expect(znodes.model.changesSince(before)).toEqual({ complete: true, rows: [], touched: [ID], removed: [] });
});

test("a job goes with its last znode, is remembered as gone, and may come back", () => {
  const znodes = new Znodes().job(1).instance(0);
  znodes.remove(`${JOB}/instances/0`);
  expect(znodes.row().running).toBe(0);
  const before = znodes.model.revision;
  znodes.remove(JOB);
  expect(znodes.model.changesSince(before)).toMatchObject({ rows: [], removed: [ID] });
  expect(znodes.model.goneSinceMs(ID)).toBe(NOW);
  znodes.job(1);
  expect(znodes.model.goneSinceMs(ID)).toBeUndefined();
  expect(znodes.model.changesSince(before)).toMatchObject({ rows: [{ id: ID }], removed: [] });
});

test("a reader that was away for too long, or of another process, is told everything", () => {
  const znodes = new Znodes().job(1);
  const before = znodes.model.revision;
  for (let n = 0; n < 1_100; n += 1) {
    znodes.put(`/borealis/jobs/ops/test/j${n}`, "").remove(`/borealis/jobs/ops/test/j${n}`);
  }
  expect(znodes.model.changesSince(before)).toMatchObject({ complete: false, rows: [{ id: ID }] });
  expect(znodes.model.changesSince(znodes.model.revision + 1).complete).toBe(false);
});

test("time alone makes an unconfirmed join a drift", () => {
  const znodes = new Znodes().job(1).instance(0, { announced: { state: "joining", since: NOW } });
  expect(znodes.row().severity).toBe(0);
  const at = znodes.model.nextReviewMs;
  expect(at).toBe(NOW + 3_000);
  const before = znodes.model.revision;
  znodes.model.review(at);
  expect(znodes.reasons()).toEqual(["#0 healthy but not announced"]);
  expect(znodes.model.changesSince(before).rows).toHaveLength(1);
  expect(znodes.model.nextReviewMs).toBe(Number.POSITIVE_INFINITY);
});

test("a host whose clock is ahead does not hide its drift for ever", () => {
  const znodes = new Znodes().job(1).instance(0, { announced: { state: "joining", since: NOW + 3_600_000 } });
  znodes.model.review(znodes.model.nextReviewMs);
  znodes.nowMs += 10_000;
  expect(znodes.model.nextReviewMs).toBeLessThan(NOW + 3_600_000);
});

test("a member that has just gone is no drift yet", () => {
  const znodes = new Znodes().job(1).instance(0).member(memberName(0));
  znodes.remove(`/aurora/www-data/prod/hello/${memberName(0)}`);
  expect(znodes.row().severity).toBe(0);
  znodes.model.review(NOW + 3_001);
  expect(znodes.reasons()).toEqual(["#0 announced but member missing"]);
});

test("executors are counted, strangers are ignored", () => {
  const znodes = new Znodes().put("/borealis/executors/a", "{}").put("/borealis/executors/b", "garbage");
  znodes
    .put("/aurora", "")
    .put("/aurora/www-data", "")
    .put("/elsewhere/a/b/c", "")
    .put("/borealis/jobs/a/b", "");
  expect(znodes.model.executors).toBe(2);
  expect(znodes.model.size).toBe(0);
});

test("what can not be read above the jobs is known, until it can", () => {
  const unreadable = "ZooKeeper answered NO_AUTH";
  const znodes = new Znodes().put("/aurora/www-data", "", { unreadable }).put("/aurora", "");
  for (const path of ["/borealis/executors", "/aurora/a/b/c/member_0/below", "/elsewhere"])
    znodes.put(path, "", { unreadable });
  expect([...znodes.model.unreadable]).toEqual([["/aurora/www-data", unreadable]]);
  znodes.put("/aurora/www-data", "");
  expect(znodes.model.unreadable.size).toBe(0);
  const above = ["/aurora", "/borealis", "/borealis/jobs", "/borealis/jobs/a/b", `${JOB}/instances`];
  for (const path of above) znodes.put(path, "", { unreadable });
  expect([...znodes.model.unreadable.keys()]).toEqual(above);
});

test("of 10,000 instances of one job each znode is parsed once, and after a change only the changed one", () => {
  const znodes = new Znodes({ silent: true }).job(10_000);
  for (let number = 0; number < 10_000; number += 1) znodes.instance(number).member(memberName(number));
  const parse = vi.spyOn(JSON, "parse");
  onTestFinished(() => parse.mockRestore());
  znodes.tell();
  expect(parse).toHaveBeenCalledTimes(20_001);
  znodes.instance(5_000, { health: { state: "failing", since: NOW, consecutiveFailures: 1 } }).tell();
  expect(parse).toHaveBeenCalledTimes(20_002);
  expect(znodes.row()).toMatchObject({ running: 10_000, healthy: 9_999, announced: 10_000, severity: 3 });
  expect(znodes.row().squares).toBeUndefined();
});
