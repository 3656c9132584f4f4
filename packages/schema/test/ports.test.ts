import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { resolvePorts } from "../src/index.ts";

interface Vector {
  readonly portmap: Readonly<Record<string, string | number>>;
  readonly result: string | Readonly<Record<string, string | number>>;
}

const fixture = new URL("./fixtures/port-resolver-0.22.json", import.meta.url);
const { vectors } = JSON.parse(readFileSync(fixture, "utf8")) as { vectors: readonly Vector[] };
/** Aurora's resolver checks what it is given; here `announcerSchema` has already refused it. */
const refusedEarlier = (vector: Vector) => Object.values(vector.portmap).includes(8.5);

describe("a portmap", () => {
  it.each(vectors.filter((vector) => !refusedEarlier(vector)))(
    "resolves as Aurora's: $portmap",
    ({ portmap, result }) => {
      const resolved = resolvePorts(portmap, {});
      if (typeof result === "string") {
        expect(resolved).toEqual({ problem: expect.stringMatching(/^Found cycle in portmap!/) });
        return;
      }
      // Aurora drops names that lead to no number one step later, with a warning. Here they are set apart at once.
      const entries = Object.entries(result);
      expect(resolved).toEqual({
        ports: Object.fromEntries(entries.filter(([, port]) => typeof port === "number")),
        unresolved: entries.flatMap(([name, port]) => (typeof port === "string" ? [name] : [])),
      });
    },
  );

  it.each([
    ["ports without a portmap", {}, { http: 31_001, admin: 31_002 }, { http: 31_001, admin: 31_002 }, []],
    ["the default portmap", { aurora: "http" }, { http: 31_001 }, { http: 31_001, aurora: 31_001 }, []],
    [
      "another primary port",
      { aurora: "thrift" },
      { thrift: 31_009 },
      { thrift: 31_009, aurora: 31_009 },
      [],
    ],
    [
      "health under the port of http",
      { health: "http" },
      { http: 31_001 },
      { http: 31_001, health: 31_001 },
      [],
    ],
    ["an alias of a port nobody references", { a: "b" }, { b: 31_777 }, { a: 31_777, b: 31_777 }, []],
    ["a chain to a static port", { a: "b", b: "c", c: 8080 }, {}, { a: 8080, b: 8080, c: 8080 }, []],
    ["static ports", { aurora: "http", http: 80, https: 443 }, {}, { aurora: 80, http: 80, https: 443 }, []],
    [
      "a given port in place of an alias",
      { aurora: "http" },
      { http: 1, aurora: 2 },
      { http: 1, aurora: 2 },
      [],
    ],
    ["a given port that breaks a cycle", { a: "b", b: "a" }, { a: 7 }, { a: 7, b: 7 }, []],
    ["an alias of a port nobody was given", { x: "y" }, { http: 31_001 }, { http: 31_001 }, ["x"]],
    ["names that every object has", { constructor: "http" }, { http: 80 }, { http: 80, constructor: 80 }, []],
  ])("gives %s", (_, portmap, given, ports, unresolved) => {
    expect(resolvePorts(portmap, given)).toEqual({ ports, unresolved });
  });

  it("keeps even the name __proto__", () => {
    const resolved = resolvePorts(JSON.parse('{"__proto__": 80}') as Record<string, number>, {});
    expect(JSON.stringify(resolved)).toBe('{"ports":{"__proto__":80},"unresolved":[]}');
  });

  it("tells the names of a cycle", () => {
    expect(resolvePorts({ a: "b", b: "c", c: "b" }, {})).toEqual({
      problem: "Found cycle in portmap! a -> b -> c -> b",
    });
  });
});
