import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatMember, isMember, MEMBER_STATUSES, type MemberSpec, parseMember } from "../src/index.ts";
import { CONSUMER_RULES } from "./consumer-rules.ts";

interface Vector {
  readonly case: string;
  readonly bytes: string;
  readonly member: MemberSpec;
}

const fixture = new URL("./fixtures/members-0.22.json", import.meta.url);
const { vectors } = JSON.parse(readFileSync(fixture, "utf8")) as { vectors: readonly Vector[] };
const name = "member_0000000003";
const spec: MemberSpec = {
  serviceEndpoint: { host: "host1", port: 31_001 },
  additionalEndpoints: { aurora: { host: "host1", port: 31_001 } },
  status: "ALIVE",
  shard: 3,
};

it("that is nested too deep in what nobody asked for is a member all the same, and can be printed", () => {
  const deep = `${"[".repeat(20_000)}${"]".repeat(20_000)}`;
  const text = `{"serviceEndpoint":{"host":"h","port":1},"additionalEndpoints":{},"status":"ALIVE","x":${deep},"y":[[1]]}`;
  const member = parseMember("member_0000000000", Buffer.from(text));
  expect(JSON.parse(JSON.stringify(member))).toMatchObject({
    valid: true,
    extra: { y: [[1]] },
    leftOut: ['"x" is nested deeper than 32 levels'],
  });
});

describe("the bytes of a member", () => {
  it("begin as readers tell JSON from Thrift by, and hold no blanks", () => {
    expect(formatMember(spec).toString()).toBe(
      '{"serviceEndpoint":{"host":"host1","port":31001},' +
        '"additionalEndpoints":{"aurora":{"host":"host1","port":31001}},"status":"ALIVE","shard":3}',
    );
  });

  it("always have additionalEndpoints, without which Python readers fail", () => {
    const { shard: _, ...rest } = spec;
    expect(formatMember({ ...rest, additionalEndpoints: {} }).toString()).toBe(
      '{"serviceEndpoint":{"host":"host1","port":31001},"additionalEndpoints":{},"status":"ALIVE"}',
    );
  });

  const refused = { name: "ServerSetError", code: "INVALID_MEMBER", retryable: false };

  it.each([
    ["no host", { host: "", port: 1 }],
    ["a blank in its host", { host: "a b", port: 1 }],
    ["a line break in its host", { host: "a\nb", port: 1 }],
    ["a control character in its host", { host: "a\u0000", port: 1 }],
    ["a host that is no text", { host: 7 as unknown as string, port: 1 }],
    ["a port above 65535", { host: "h", port: 65_536 }],
    ["a negative port", { host: "h", port: -1 }],
    ["half a port", { host: "h", port: 80.5 }],
    ["no number", { host: "h", port: Number.NaN }],
    ["a port in quotes", { host: "h", port: "80" as unknown as number }],
  ])("can not be made of an endpoint with %s", (_, endpoint) => {
    const attempt = (over: Partial<MemberSpec>) => () => formatMember({ ...spec, ...over });
    expect(attempt({ serviceEndpoint: endpoint })).toThrow(expect.objectContaining(refused));
    expect(attempt({ additionalEndpoints: { http: endpoint } })).toThrow(expect.objectContaining(refused));
  });

  it.each([
    ["a status that nobody knows", { status: "SLEEPY" as "ALIVE" }, /"SLEEPY" is no status/],
    ["half a shard", { shard: 1.5 }, /the shard is 1.5/],
    ["a negative shard", { shard: -1 }, /the shard is -1/],
    ["a shard that Java could not hold", { shard: 2 ** 31 }, /the shard is 2147483648/],
    ["metadata that is no text", { metadata: { a: 1 as unknown as string } }, /metadata "a" is no text/],
    ["more than 64 KiB", { metadata: { a: "x".repeat(65_536) } }, /it has 65\d+ bytes/],
  ])("can not be made of %s", (_, over, words) => {
    expect(() => formatMember({ ...spec, ...over })).toThrow(
      expect.objectContaining({ ...refused, message: expect.stringMatching(words) }),
    );
  });

  it("hold metadata only when there is some", () => {
    expect(formatMember({ ...spec, metadata: {} })).toEqual(formatMember(spec));
    const bytes = formatMember({ ...spec, metadata: { zone: "a" } });
    expect(bytes.toString()).toMatch(/,"metadata":\{"zone":"a"\}\}$/);
    expect(parseMember(name, bytes)).toMatchObject({ metadata: { zone: "a" } });
  });

  it("are read as they were written, whatever the names", () => {
    const endpoint = fc.record({
      host: fc.stringMatching(/^[^\s\p{Cc}]+$/u),
      port: fc.integer({ min: 0, max: 65_535 }),
    });
    const members = fc.record(
      {
        serviceEndpoint: endpoint,
        additionalEndpoints: fc.dictionary(fc.oneof(fc.string(), fc.constant("__proto__")), endpoint),
        status: fc.constantFrom(...MEMBER_STATUSES),
        shard: fc.nat(),
        metadata: fc.dictionary(fc.oneof(fc.string(), fc.constant("__proto__")), fc.string(), { minKeys: 1 }),
      },
      { requiredKeys: ["serviceEndpoint", "additionalEndpoints", "status"] },
    );
    fc.assert(
      fc.property(members, (member) => {
        const bytes = formatMember(member);
        expect(bytes.toString("latin1", 0, 2)).toBe('{"');
        const read = parseMember(name, bytes);
        expect(JSON.parse(JSON.stringify(read))).toEqual(
          JSON.parse(JSON.stringify({ valid: true, name, ...member })),
        );
      }),
    );
  });
});

describe.each(Object.entries(CONSUMER_RULES))("what %s demands of a member", (_, complaint) => {
  const endpoint = { host: "host1", port: 31_001 };

  it.each<[string, MemberSpec]>([
    ["with everything", { ...spec, metadata: { zone: "a" } }],
    ["without additional endpoints", { serviceEndpoint: endpoint, additionalEndpoints: {}, status: "ALIVE" }],
    ["with the port 0", { ...spec, serviceEndpoint: { host: "host1", port: 0 } }],
    ["with an IPv6 address", { ...spec, serviceEndpoint: { host: "::1", port: 80 } }],
  ])("is met by one %s", (_, member) => {
    expect(complaint(formatMember(member))).toBeUndefined();
  });

  it.each(vectors)("is met by what is written again of Aurora's: $case", ({ member }) => {
    expect(complaint(formatMember(member))).toBeUndefined();
  });

  it("is not met by everything", () => {
    expect(complaint(Buffer.from(' {"serviceEndpoint":{"host":"h","port":"80"}}'))).toBeDefined();
  });
});

describe("a reader of members", () => {
  it.each(vectors)("reads what Aurora wrote: $case", ({ bytes, member }) => {
    expect(parseMember(name, Buffer.from(bytes))).toEqual({ valid: true, name, ...member });
  });

  it.each(vectors)("reads the same written by Java without blanks: $case", ({ member }) => {
    const { serviceEndpoint, additionalEndpoints, status } = member;
    const bytes = Buffer.from(
      JSON.stringify({ serviceEndpoint, additionalEndpoints, status, shard: member.shard }),
    );
    expect(parseMember(name, bytes)).toEqual({ valid: true, name, ...member });
  });

  const service = '"serviceEndpoint":{"host":"h","port":80}';
  const plain = {
    valid: true,
    name,
    serviceEndpoint: { host: "h", port: 80 },
    additionalEndpoints: {},
    status: "UNKNOWN",
  };

  it.each([
    [
      "keys it does not know, and keeps them",
      `{${service},"weight":2,"__proto__":{"a":1}}`,
      { ...plain, extra: JSON.parse('{"weight":2,"__proto__":{"a":1}}') as object },
    ],
    ["metadata", `{${service},"metadata":{"a":"b","c":1}}`, { ...plain, metadata: { a: "b" } }],
    ["metadata in a list", `{${service},"metadata":["a"]}`, plain],
    [
      "an additional endpoint without port, as if it were not there",
      `{${service},"additionalEndpoints":{"x":{"host":"h"},"y":{"host":"h","port":"80"},"z":{"host":"h","port":1}}}`,
      {
        ...plain,
        additionalEndpoints: { z: { host: "h", port: 1 } },
        leftOut: [
          'endpoint "x" has no host and whole-number port',
          'endpoint "y" has no host and whole-number port',
        ],
      },
    ],
    [
      "additionalEndpoints in a list, as if they were not there",
      `{${service},"additionalEndpoints":[]}`,
      { ...plain, leftOut: ["additionalEndpoints are not an object"] },
    ],
    [
      "an endpoint with more than host and port",
      '{"serviceEndpoint":{"host":"h","port":80,"inet":"10.0.0.1"}}',
      plain,
    ],
    ["no additionalEndpoints", `{${service}}`, plain],
    ["additionalEndpoints that are null", `{${service},"additionalEndpoints":null}`, plain],
    ["a status it does not know", `{${service},"status":"SLEEPY"}`, plain],
    ["a shard that is no whole number", `{${service},"shard":"3"}`, plain],
    [
      "port 0, which Aurora writes when there is no primary port",
      '{"serviceEndpoint":{"host":"h","port":0}}',
      { ...plain, serviceEndpoint: { host: "h", port: 0 } },
    ],
  ])("accepts %s", (_, text, member) => {
    expect(parseMember(name, Buffer.from(text))).toEqual(member);
  });

  it.each([
    ["nothing", "", /^is empty/],
    ["null", "null", /not a JSON object/],
    ["a list", "[]", /not a JSON object/],
    ["half of JSON", '{"serviceEndpoint":', /not valid JSON/],
    ["Thrift", "\f\0\u0001\v\0\u0001", /Thrift's encoding, which is not supported/],
    ["some text", "hello", /^is not JSON$/],
    [
      "more than 64 KiB",
      `{${service}}${" ".repeat(65_536)}`,
      /has 65\d+ bytes; more than 65536 are not read/,
    ],
    ["bytes that are not UTF-8", Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x7d]), /not valid JSON/],
    ["no serviceEndpoint", '{"status":"ALIVE"}', /no serviceEndpoint/],
    ["a port in quotes", '{"serviceEndpoint":{"host":"h","port":"80"}}', /whole-number port/],
    ["half a port", '{"serviceEndpoint":{"host":"h","port":80.5}}', /whole-number port/],
    ["a port above 65535", '{"serviceEndpoint":{"host":"h","port":65536}}', /whole-number port/],
    ["no host", '{"serviceEndpoint":{"port":80}}', /with a host/],
  ])("says what is wrong with %s", (_, data, reason) => {
    expect(parseMember(name, Buffer.from(data))).toEqual({
      valid: false,
      name,
      reason: expect.stringMatching(reason),
    });
  });

  it("never throws", () => {
    fc.assert(fc.property(fc.uint8Array(), (data) => void parseMember(name, data)));
    fc.assert(fc.property(fc.json(), (text) => void parseMember(name, Buffer.from(text))));
  });

  it.each([
    ["member_0000000000", true],
    ["member_-000000001", true],
    ["vector_0000000000", false],
    ["members", false],
    ["_c_0f-member_0000000000", false],
  ])("takes %s for a member: %s", (child, is) => {
    expect(isMember(child)).toBe(is);
  });
});
