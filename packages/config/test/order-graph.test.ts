import fc from "fast-check";
import { expect, test } from "vitest";
import { orderOf } from "../src/order-graph.ts";
import { drawOrder } from "../src/order-graph-drawing.ts";

/** `log:d` is a daemon, `:e` ephemeral, `:f` final. */
function task(names: readonly string[], orders: readonly string[]) {
  return {
    processes: names.map((text) => {
      const [name = "", flags = ""] = text.split(":");
      return {
        name,
        daemon: flags.includes("d"),
        ephemeral: flags.includes("e"),
        final: flags.includes("f"),
      };
    }),
    constraints: orders.map((order) => ({ order: order.split(" ") })),
  };
}

function numbered(stem: string, count: number): string[] {
  return Array.from({ length: count }, (_, index) => `${stem}${String(index).padStart(3, "0")}`);
}

test.for([
  ["one constraint", ["a b c"], { a: [], b: ["a"], c: ["b"] }],
  ["the same in pieces", ["b c", "a b"], { a: [], b: ["a"], c: ["b"] }],
  ["what follows from the rest is left out", ["a b c", "a c"], { a: [], b: ["a"], c: ["b"] }],
  ["a diamond", ["a b d", "a c d"], { a: [], b: ["a"], c: ["a"], d: ["b", "c"] }],
  ["names of no process are ignored, as in Aurora", ["x y"], { a: [], b: [] }],
  ["a single name", ["a"], { a: [] }],
] as const)("the order that is meant: %s", ([, orders, expected]) => {
  const order = orderOf(task(Object.keys(expected), orders));
  expect(Object.fromEntries([...order].map(([name, before]) => [name, [...before].sort()]))).toEqual(
    expected,
  );
});

test("processes that wait for each other are told as they were written", () => {
  const order = orderOf(task(["a", "b"], ["a b", "b a"]));
  expect([...order].map(([name, before]) => [name, ...before])).toEqual([
    ["a", "b"],
    ["b", "a"],
  ]);
});

const acyclic = fc
  .record({
    count: fc.integer({ min: 1, max: 40 }),
    pairs: fc.array(fc.tuple(fc.nat(39), fc.nat(39)), { maxLength: 120 }),
  })
  .map(({ count, pairs }) => {
    const names = numbered("p", count);
    const orders = pairs
      .map(([a, b]) => [Math.min(a, b), Math.max(a, b)] as const)
      .filter(([a, b]) => a !== b && b < count)
      .map(([a, b]) => `${names[a]} ${names[b]}`);
    return task(names, orders);
  });

function reachable(before: ReadonlyMap<string, ReadonlySet<string>>): Set<string> {
  const pairs = new Set<string>();
  const visit = (from: string, at: string) => {
    for (const next of before.get(at) ?? []) {
      if (pairs.has(`${from}<${next}`)) continue;
      pairs.add(`${from}<${next}`);
      visit(from, next);
    }
  };
  for (const name of before.keys()) visit(name, name);
  return pairs;
}

test("leaving out what follows from the rest changes nothing about what comes before what, and nothing more can go", () => {
  fc.assert(
    fc.property(acyclic, (each) => {
      const written = new Map(each.processes.map(({ name }) => [name, new Set<string>()]));
      for (const { order } of each.constraints) written.get(order[1] ?? "")?.add(order[0] ?? "");
      const order = orderOf(each);
      const meant = reachable(order);
      expect(meant).toEqual(reachable(written));
      for (const [name, before] of order) {
        for (const other of before) {
          const without = new Map(order).set(name, new Set([...before].filter((one) => one !== other)));
          expect(reachable(without).size).toBeLessThan(meant.size);
        }
      }
    }),
    { numRuns: 50 },
  );
});

test.for([
  ["a line", ["fetch", "unpack", "run"], ["fetch unpack run"], ["fetch → unpack → run"]],
  ["a diamond", ["a", "b", "c", "d"], ["a b d", "a c d"], ["a → b, c → d"]],
  ["two ways that meet", ["a", "b", "c", "d", "e"], ["a b e", "c d e"], ["a → b → e", "c → d → e"]],
  ["nothing", ["a", "b"], [], ["unordered: a, b"]],
  ["a daemon beside", ["a", "b", "log:d"], ["a b"], ["a → b", "unordered: log (daemon)"]],
  ["final ones", ["a", "x:f", "y:f", "z:f"], ["x y"], ["unordered: a", "finally: x → y", "finally: z"]],
  ["an ephemeral one", ["a", "b:e"], ["a b"], ["a → b (ephemeral)"]],
  ["a shared start", ["a", "b", "c", "d"], ["a b c", "a d"], ["a → b → c", "a → d"]],
] as const)("drawn: %s", ([, names, orders, lines]) => {
  expect(drawOrder(task(names, orders))).toEqual(lines);
});

test("180 mappers are drawn as one", () => {
  const mappers = numbered("mapper", 180);
  const drawn = drawOrder(
    task(
      [...mappers, "reducer"],
      mappers.map((name) => `${name} reducer`),
    ),
  );
  expect(drawn).toEqual(["mapper000 … mapper179 (180) → reducer"]);
});

test("180 pairs are drawn as one pair, and it is said that each waits for its own", () => {
  const mappers = numbered("mapper", 180);
  const sorters = numbered("sorter", 180);
  const orders = mappers.map((mapper, index) => `fetch ${mapper} ${sorters[index]} reducer`);
  expect(drawOrder(task(["fetch", ...mappers, ...sorters, "reducer"], orders)).join(" ")).toMatch(
    /^fetch → mapper000 … mapper179 \(180\) +→ each after 1 of these: sorter000 … sorter179 \(180\) +→ reducer$/,
  );
});

test("200 in a row are drawn as a row", () => {
  const names = numbered("step", 200);
  expect(drawOrder(task(names, [names.join(" ")]))).toEqual(["step000 → … → step199 (200 in a row)"]);
});

test("no task floods the screen", () => {
  fc.assert(
    fc.property(acyclic, (each) => {
      const lines = drawOrder(each);
      expect(lines.length).toBeLessThanOrEqual(61);
    }),
  );
  const many = numbered("p", 2_000);
  const orders = many.flatMap((name, index) =>
    [index * 2 + 1, index * 3 + 2].filter((to) => to < many.length).map((to) => `${name} ${many[to]}`),
  );
  expect(drawOrder(task(many, orders)).length).toBeLessThanOrEqual(61);
});
