import type { InstanceRecord } from "@borealis/schema";
import { describe, expect, test } from "vitest";
import { toneOfAttention } from "../src/features/jobs/model/attention.ts";
import { KEY, MINUTE, memberName, NOW, record, Znodes } from "./znodes.ts";

const since = NOW - 4 * MINUTE;
const failing = { state: "failing", since, consecutiveFailures: 3, reason: "HTTP 503" } as const;
const healthy = { state: "healthy", since, consecutiveFailures: 0 } as const;
const unchecked = { state: "disabled", since, consecutiveFailures: 0 } as const;

interface Case {
  readonly name: string;
  readonly record: Partial<InstanceRecord>;
  readonly member?: boolean;
  readonly tone: string;
  readonly drift?: string;
  readonly severity: number;
}

const SNOOZE = {
  author: "ann",
  reason: "deploying",
  until: NOW + 1,
  pause: false,
  stateUnsnoozed: "failing",
} as const;

const THROTTLED = {
  count: 4,
  throttledUntil: NOW + 23_000,
  last: { taskId: "task-before", taskState: "FAILED", reason: "exit status 1", at: NOW - 2_000 },
} as const;

const STOPPING = [
  { step: "UNANNOUNCE", startedAt: NOW - MINUTE, plannedMs: 5_000, endedAt: NOW - MINUTE + 20 },
  { step: "DRAIN", startedAt: NOW - MINUTE + 20, plannedMs: 120_000 },
];

const CASES: readonly Case[] = [
  { name: "healthy and announced", record: {}, member: true, tone: "good", severity: 0 },
  {
    name: "running, not checked, not announcing",
    record: { health: unchecked, announced: { state: "disabled", since } },
    tone: "good",
    severity: 0,
  },
  {
    name: "in grace",
    record: { health: { ...healthy, state: "grace" }, announced: { state: "waiting", since } },
    tone: "moving",
    severity: 0,
  },
  {
    name: "failing and withdrawn",
    record: { health: failing, announced: { state: "withdrawn", since } },
    tone: "bad",
    severity: 3,
  },
  {
    name: "failing but announced",
    record: { health: failing },
    member: true,
    tone: "bad",
    drift: "announced-but-failing",
    severity: 3,
  },
  {
    name: "healthy because somebody snoozed it",
    record: { health: { ...healthy, snooze: SNOOZE } },
    member: true,
    tone: "good",
    severity: 1,
  },
  {
    name: "healthy, joining for minutes",
    record: { announced: { state: "joining", since } },
    tone: "attention",
    drift: "healthy-not-announced",
    severity: 2,
  },
  {
    name: "healthy, joining just now",
    record: { announced: { state: "joining", since: NOW - 500 } },
    tone: "moving",
    severity: 0,
  },
  { name: "says announced, no member", record: {}, tone: "attention", drift: "member-missing", severity: 2 },
  {
    name: "withdrawn, member still there",
    record: { announced: { state: "withdrawn", since } },
    member: true,
    tone: "attention",
    drift: "member-not-expected",
    severity: 2,
  },
  {
    name: "cleaning, member still there",
    record: { taskState: "CLEANING" },
    member: true,
    tone: "attention",
    drift: "stopping-but-announced",
    severity: 2,
  },
  {
    name: "cleaning",
    record: { taskState: "CLEANING", announced: { state: "withdrawn", since } },
    tone: "attention",
    severity: 0,
  },
  {
    name: "failed",
    record: { taskState: "FAILED", announced: { state: "withdrawn", since } },
    tone: "bad",
    severity: 3,
  },
  {
    name: "lost",
    record: { taskState: "LOST", announced: { state: "withdrawn", since } },
    tone: "bad",
    severity: 3,
  },
  {
    name: "ended well",
    record: { taskState: "SUCCESS", announced: { state: "withdrawn", since } },
    tone: "ended",
    severity: 0,
  },
  {
    name: "throttled after a failure",
    record: { taskState: "FAILED", announced: { state: "withdrawn", since }, restarts: THROTTLED },
    tone: "throttled",
    severity: 2,
  },
  {
    name: "throttled although it ended well, because it ends so often",
    record: { taskState: "SUCCESS", announced: { state: "withdrawn", since }, restarts: THROTTLED },
    tone: "throttled",
    severity: 2,
  },
  {
    name: "throttled, the last verdict on the task's health was a bad one",
    record: { taskState: "FAILED", health: failing, restarts: THROTTLED },
    tone: "throttled",
    severity: 2,
  },
  {
    name: "throttled, member still there",
    record: { taskState: "FAILED", restarts: THROTTLED },
    member: true,
    tone: "throttled",
    drift: "stopping-but-announced",
    severity: 2,
  },
  {
    name: "started again",
    record: { restarts: { count: 4, last: THROTTLED.last } },
    member: true,
    tone: "good",
    severity: 0,
  },
  {
    name: "being taken down, out of the ServerSet before its processes are told",
    record: { stopping: STOPPING, announced: { state: "withdrawn", since } },
    tone: "attention",
    severity: 0,
  },
  {
    name: "being taken down, the member does not go",
    record: { stopping: STOPPING },
    member: true,
    tone: "attention",
    drift: "stopping-but-announced",
    severity: 2,
  },
  {
    name: "taken down",
    record: { taskState: "KILLED", stopping: STOPPING, announced: { state: "withdrawn", since } },
    tone: "ended",
    severity: 0,
  },
];

describe("three truths of one instance", () => {
  test.each(CASES)("$name", ({ record, member = false, tone, drift, severity }) => {
    const znodes = new Znodes().job(1).instance(0, record);
    if (member) znodes.member(memberName(0));
    const [instance] = znodes.detail().instances;
    expect(instance?.tone).toBe(tone);
    expect(instance?.kind === "reported" ? instance.drift?.kind : "not reported").toBe(drift);
    expect(znodes.row().severity).toBe(severity);
  });
});

test("the status sentence names who fails and why", () => {
  const znodes = new Znodes().job(3);
  for (const number of [0, 2]) znodes.instance(number).member(memberName(number));
  znodes.instance(1, { health: failing, announced: { state: "withdrawn", since } });
  expect(znodes.row().summary).toBe("2 of 3 instances healthy and announced");
  expect(znodes.reasons()).toEqual(["#1 failing: HTTP 503"]);
  expect(znodes.row().attention[0]?.sinceMs).toBe(since);
  expect(znodes.row()).toMatchObject({
    desired: 3,
    running: 3,
    healthy: 2,
    failing: 1,
    announced: 2,
    expected: 3,
  });
  expect(znodes.row().squares).toBe("gbg");
});

test("many that share a trouble are one reason", () => {
  const znodes = new Znodes().job(5);
  for (let number = 0; number < 5; number += 1) {
    znodes.instance(number, {
      health: { ...failing, since: since - number },
      announced: { state: "withdrawn", since },
    });
  }
  expect(znodes.reasons()).toEqual(["#0, #1, #2 and 2 more failing: HTTP 503"]);
  expect(znodes.row().attention[0]?.sinceMs).toBe(since - 4);
});

test("throttled instances are no running and no failed ones, and one reason that tells when the first is started again", () => {
  const znodes = new Znodes().job(3).instance(0).member(memberName(0));
  const throttled = { taskState: "FAILED", taskReason: "exit status 1", health: failing } as const;
  const announced = { state: "withdrawn", since } as const;
  const later = {
    ...THROTTLED,
    throttledUntil: NOW + 60_000,
    last: { ...THROTTLED.last, reason: "out of memory" },
  };
  znodes.instance(1, { ...throttled, announced, restarts: later });
  znodes.instance(2, { ...throttled, announced, restarts: THROTTLED });
  expect(znodes.row()).toMatchObject({
    running: 1,
    healthy: 1,
    failing: 0,
    throttled: 2,
    health: ["healthy"],
    tasks: ["ACTIVE", "THROTTLED"],
    squares: "gtt",
    tally: { throttled: 2, bad: 0 },
    lastChangeMs: THROTTLED.last.at,
    summary: "1 of 3 instances healthy and announced",
  });
  expect(znodes.reasons()).toEqual(["#1, #2 THROTTLED: the last one FAILED: exit status 1"]);
  const [reason] = znodes.row().attention;
  expect(reason?.untilMs).toBe(THROTTLED.throttledUntil);
  expect(reason && toneOfAttention(reason)).toBe("throttled");
});

test("what fails is named before what is throttled, and that before what does not go together", () => {
  const znodes = new Znodes().job(4).instance(0, { announced: { state: "joining", since } });
  znodes.instance(1, { taskState: "FAILED", announced: { state: "withdrawn", since }, restarts: THROTTLED });
  znodes.instance(2, { taskState: "FAILED", announced: { state: "withdrawn", since } });
  znodes.instance(3).member(memberName(3));
  expect(znodes.row().attention.map(toneOfAttention)).toEqual(["bad", "throttled", "attention"]);
  expect(znodes.reasons()[1]).toBe("#1 THROTTLED: restarted 4 times; the last one FAILED: exit status 1");
});

test.each<[Partial<InstanceRecord>, string]>([
  [{ stopping: STOPPING }, "stopping but still announced"],
  [{ taskState: "CLEANING", stopping: STOPPING }, "stopping but still announced"],
  [{ taskState: "KILLED", stopping: STOPPING }, "ended but still announced"],
  [{ taskState: "FAILED", restarts: THROTTLED }, "ended but still announced"],
])("%j whose member stays is told", (over, text) => {
  const znodes = new Znodes().job(1).instance(0, over).member(memberName(0));
  expect(znodes.reasons()).toContain(`#0 ${text}`);
});

test("an instance nobody reports is unknown, not failing", () => {
  const znodes = new Znodes().job(3).instance(0).member(memberName(0));
  expect(znodes.detail().instances.map(({ kind, tone }) => [kind, tone])).toEqual([
    ["reported", "good"],
    ["missing", "unknown"],
    ["missing", "unknown"],
  ]);
  expect(znodes.reasons()).toEqual(["#1, #2 not reported by any executor"]);
  expect(znodes.row().severity).toBe(1);
});

test("a sidecar without configuration announces when an instance does", () => {
  const znodes = new Znodes().job(2, null).instance(0, { mode: "sidecar" }).member(memberName(0));
  expect(znodes.row().expected).toBe(2);
});

test("a job that does not announce expects no members", () => {
  const znodes = new Znodes().job(1, {}).instance(0, { announced: { state: "disabled", since } });
  expect(znodes.row()).toMatchObject({
    expected: 0,
    announced: 0,
    summary: "1 of 1 instance healthy",
    severity: 0,
  });
});

describe("ServerSets of others", () => {
  test("members without a record are foreign and no trouble", () => {
    const znodes = new Znodes().member(memberName(0)).member(memberName(1), { status: "STARTING" });
    expect(znodes.row()).toMatchObject({ origin: "foreign", announced: 2, severity: 0, squares: "gm" });
    expect(znodes.row().summary).toBe("2 members, announced by someone else");
    expect(znodes.row().expected).toBeUndefined();
  });

  test("a path without members is told from no path", () => {
    expect(new Znodes().put("/aurora/www-data/prod/hello", "").detail().serverSetExists).toBe(true);
    expect(new Znodes().job(1).detail().serverSetExists).toBe(false);
  });

  test("a member that no instance stands behind is named", () => {
    const znodes = new Znodes().job(1).instance(0).member(memberName(0)).member(memberName(7), { shard: 7 });
    expect(znodes.detail().strayMembers).toEqual([memberName(7)]);
    expect(znodes.reasons()).toEqual([`${memberName(7)} without a live executor`]);
    expect(znodes.row()).toMatchObject({ announced: 1, expected: 1 });
  });
});

describe("whose member it is", () => {
  const joining = { state: "joining", since: NOW } as const;
  const elsewhere = { host: "10.0.0.9", port: 1 };
  const at = (number: number) => ({ host: `host-${number}`, port: 31_000 + number });
  test.each([
    ["the name the executor was given", {}, { serviceEndpoint: elsewhere, shard: 9 }, 0],
    ["shard and address", { announced: joining }, {}, 0],
    ["address, where there is no shard", { announced: joining }, { shard: undefined }, 0],
    [
      "an additional endpoint",
      { announced: joining },
      { serviceEndpoint: elsewhere, additionalEndpoints: { http: at(0) } },
      0,
    ],
    ["shard alone", { announced: joining }, { serviceEndpoint: elsewhere }, 0],
    ["another shard at the same address", { announced: joining }, { shard: 4 }, undefined],
    ["neither", { announced: joining }, { serviceEndpoint: elsewhere, shard: 4 }, undefined],
  ])("%s", (_, instance, member, expected) => {
    const znodes = new Znodes().job(1).instance(0, instance).member(memberName(0), member);
    expect(znodes.detail().members[0]?.instance).toBe(expected);
  });

  test("one instance has one member: an older one of the same shard is a stray", () => {
    const znodes = new Znodes()
      .job(1)
      .instance(0, { announced: { state: "announced", since, member: memberName(1) } });
    znodes.member(memberName(0)).member(memberName(1), { shard: 0 });
    expect(znodes.detail().members.map(({ instance }) => instance)).toEqual([undefined, 0]);
    expect(znodes.detail().strayMembers).toEqual([memberName(0)]);
  });

  test("the surer sign wins", () => {
    const znodes = new Znodes().job(1).instance(0, { announced: joining }).member(memberName(0));
    znodes.member(memberName(5), { serviceEndpoint: { host: "host-0", port: 31_000 }, shard: undefined });
    expect(znodes.detail().strayMembers).toEqual([memberName(5)]);
  });

  test("one member belongs to one instance", () => {
    const znodes = new Znodes().job(2).member(memberName(0));
    const same = { host: "host-0", ports: { http: 31_000 }, announced: joining };
    znodes.instance(0, same).instance(1, same);
    expect(znodes.row().announced).toBe(1);
  });
});

describe("garbage", () => {
  const base = `/borealis/jobs/${KEY.role}/${KEY.environment}/${KEY.name}`;
  test.each([
    ["empty", "", "the znode is empty"],
    ["not JSON", "{nope", "not JSON"],
    ["not UTF-8", new Uint8Array([0x7b, 0xff, 0xfe]), "not JSON"],
    ["null", null, "Invalid input: expected object, received null"],
    ["another shape", { role: 3 }, "role: must be text"],
    ["deep nesting", "[".repeat(100_000), "not JSON"],
  ])("an instance record that is %s", (_, content, reason) => {
    const znodes = new Znodes().job(1).put(`${base}/instances/0`, content);
    expect(znodes.detail().instances).toMatchObject([
      { kind: "unreadable", name: "0", tone: "unknown", reason },
    ]);
    expect(znodes.reasons()).toEqual([`#0 record unreadable: ${reason}`]);
  });

  test("a record with fields that are not known yet is read, without them", () => {
    const restarts = { ...THROTTLED, strategy: "later" };
    const resources = { cpu: 0.3, gpu: 1, limits: { cpu: 1, ramBytes: 1, diskBytes: 1, gpu: 1 } };
    const processes = [{ ...record(0).processes[0], cgroup: "/x" }];
    const stopping = [{ ...STOPPING[0], signal: "SIGTERM" }];
    const newer = { ...record(0), restarts, resources, processes, stopping, generation: 3 };
    const znodes = new Znodes().job(1).put(`${base}/instances/0`, newer);
    const [instance] = znodes.detail().instances;
    expect(instance).toMatchObject({
      kind: "reported",
      record: {
        restarts: THROTTLED,
        resources: { cpu: 0.3 },
        processes: record(0).processes,
        stopping: [STOPPING[0]],
      },
    });
  });

  test("a record under another's name", () => {
    const znodes = new Znodes().job(1).put(`${base}/instances/x`, record(0));
    znodes.put(`${base}/instances/0`, record(1));
    expect(znodes.detail().instances.map(({ name, kind }) => [name, kind])).toEqual([
      ["0", "unreadable"],
      ["x", "unreadable"],
    ]);
    expect(znodes.reasons()).toEqual(["#0, #x record unreadable: the record is about www-data/prod/hello/1"]);
  });

  test("a job record that can not be read", () => {
    const znodes = new Znodes().put(base, "<html>");
    expect(znodes.detail().record).toMatchObject({ kind: "unreadable", reason: "not JSON", raw: "<html>" });
    expect(znodes.row().desired).toBeUndefined();
  });

  test("a job node without data is no trouble", () => {
    expect(new Znodes().put(base, "").row()).toMatchObject({ severity: 0, running: 0 });
  });

  test("members are listed with what is wrong with them", () => {
    const set = `/aurora/${KEY.role}/${KEY.environment}/${KEY.name}`;
    const znodes = new Znodes().job(1).instance(0).member(memberName(0));
    znodes
      .put(`${set}/member_thrift`, new Uint8Array([0x80, 1, 2]))
      .put(`${set}/member_zzz`, { serviceEndpoint: 1 });
    const [, thrift, wrong] = znodes.detail().members;
    expect(thrift).toMatchObject({ name: "member_thrift", unreadable: expect.stringContaining("not JSON") });
    expect(wrong).toMatchObject({
      name: "member_zzz",
      unreadable: expect.stringContaining("serviceEndpoint"),
    });
    expect(znodes.row().announced).toBe(1);
  });

  test("a job that claims a million instances does not fill the memory", () => {
    expect(new Znodes().job(1_000_000).detail().instances.length).toBeLessThanOrEqual(20_000);
  });
});

describe("what ZooKeeper does not let us read", () => {
  const base = `/borealis/jobs/${KEY.role}/${KEY.environment}/${KEY.name}`;
  const set = `/aurora/${KEY.role}/${KEY.environment}/${KEY.name}`;
  const unreadable = "ZooKeeper answered NO_AUTH";

  test("a record is unreadable for that reason, not empty", () => {
    const znodes = new Znodes().put(base, "", { unreadable }).put(`${base}/instances/0`, "", { unreadable });
    expect(znodes.detail().record).toEqual({
      kind: "unreadable",
      reason: unreadable,
      raw: `(${unreadable})`,
    });
    expect(znodes.detail().instances).toMatchObject([{ kind: "unreadable", name: "0", reason: unreadable }]);
    expect(znodes.reasons()).toEqual([
      `#0 record unreadable: ${unreadable}`,
      `the job's record unreadable: ${unreadable}`,
    ]);
  });

  test("a member is listed with that reason, beside one that is empty", () => {
    const znodes = new Znodes().job(0).put(`${set}/${memberName(0)}`, "", { unreadable });
    znodes.put(`${set}/${memberName(1)}`, "");
    expect(znodes.detail().members).toMatchObject([
      { name: memberName(0), unreadable, raw: `(${unreadable})` },
      { name: memberName(1), unreadable: "it is empty", raw: "" },
    ]);
  });

  test("a ServerSet: its members are not called missing", () => {
    const znodes = new Znodes().job(1).instance(0).put(set, "", { unreadable });
    expect(znodes.detail()).toMatchObject({ serverSetExists: true, serverSetUnreadable: unreadable });
    expect(znodes.reasons()).toEqual([`the ServerSet unreadable: ${unreadable}`]);
  });
});
