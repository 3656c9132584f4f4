import { announcerSchema } from "@borealis/schema";
import { formatMember } from "@borealis/serverset";
import { expect, test } from "vitest";
import { announcedMember, announcedPath } from "../src/announced-member.ts";
import { type InstanceSpec, resolveOrThrow } from "../src/instance-spec.ts";

const key = { role: "www-data", environment: "prod", name: "hello", instance: 3 };

function announced(announce: Record<string, unknown>, given: Record<string, number>) {
  const announcer = announcerSchema.parse(announce);
  const spec = { key, ports: resolveOrThrow(key, announcer, given) } as InstanceSpec;
  return announcedMember(spec, announcer, "host1");
}

const at = (port: number) => ({ host: "host1", port });

// What the announcer of Aurora 0.22 makes of the same portmaps and ports.
test.for([
  ["the default", {}, { http: 31_001 }, 31_001, { http: 31_001, aurora: 31_001 }],
  [
    "an alias of an alias",
    { portmap: { aurora: "web", web: "http" } },
    { http: 31_001 },
    31_001,
    { aurora: 31_001, web: 31_001, http: 31_001 },
  ],
  [
    "a static port",
    { primary_port: "http", portmap: { http: 80, thrift: "9090" } },
    {},
    80,
    { http: 80, thrift: 9_090 },
  ],
  [
    "a given port, which wins over a static one of the same name",
    { primary_port: "http", portmap: { http: 80 } },
    { http: 31_001 },
    31_001,
    { http: 31_001 },
  ],
  [
    "the health port beside the others",
    { primary_port: "http", portmap: { aurora: "http" } },
    { http: 31_001, health: 31_002, admin: 31_003 },
    31_001,
    { http: 31_001, aurora: 31_001, health: 31_002, admin: 31_003 },
  ],
] as const)("announced with %s is what Aurora announces", ([, announce, given, primary, others]) => {
  const member = announced(announce, given);
  expect(member).toEqual({
    serviceEndpoint: at(primary),
    additionalEndpoints: Object.fromEntries(Object.entries(others).map(([name, port]) => [name, at(port)])),
    status: "ALIVE",
    shard: 3,
  });
  expect(() => formatMember(member)).not.toThrow();
});

test.for([
  ["a cycle", { portmap: { aurora: "http", http: "aurora" } }, "BAD_CONFIG"],
  ["a cycle behind another name", { portmap: { a: "b", b: "c", c: "b" } }, "BAD_CONFIG"],
  ["a name that leads to no number", { portmap: { aurora: "http", http: "unbound" } }, "UNBOUND_PORT"],
] as const)("a portmap with %s is refused", ([, announce, code]) => {
  expect(() => announced(announce, {})).toThrow(expect.objectContaining({ code }));
});

test("the path is the job's below the root, or its zk_path as a whole", () => {
  const spec = { key } as InstanceSpec;
  const path = (announce: Record<string, unknown>) =>
    announcedPath(spec, announcerSchema.parse(announce), "/aurora");
  expect(path({})).toBe("/aurora/www-data/prod/hello");
  expect(path({ zk_path: "/elsewhere/hello" })).toBe("/elsewhere/hello");
});
