import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatMember, isMember, MEMBER_STATUSES, type MemberSpec, parseMember } from "../src/index.ts";

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

  it.each([
    ["no host", { host: "", port: 1 }],
    ["a port above 65535", { host: "h", port: 65_536 }],
    ["a negative port", { host: "h", port: -1 }],
    ["half a port", { host: "h", port: 80.5 }],
    ["no number", { host: "h", port: Number.NaN }],
  ])("can not be made of an endpoint with %s", (_, endpoint) => {
    expect(() => formatMember({ ...spec, serviceEndpoint: endpoint })).toThrow(RangeError);
    expect(() => formatMember({ ...spec, additionalEndpoints: { http: endpoint } })).toThrow(RangeError);
  });

  it("are read as they were written, whatever the names", () => {
    const endpoint = fc.record({
      host: fc.string({ minLength: 1 }),
      port: fc.integer({ min: 0, max: 65_535 }),
    });
    const members = fc.record(
      {
        serviceEndpoint: endpoint,
        additionalEndpoints: fc.dictionary(fc.oneof(fc.string(), fc.constant("__proto__")), endpoint),
        status: fc.constantFrom(...MEMBER_STATUSES),
        shard: fc.nat(),
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
    ["keys it does not know", `{${service},"metadata":{"a":"b"},"weight":2}`, plain],
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
    ["Thrift", "\f\0\u0001\v\0\u0001", /may be Thrift/],
    ["bytes that are not UTF-8", Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x7d]), /not valid JSON/],
    ["no serviceEndpoint", '{"status":"ALIVE"}', /no serviceEndpoint/],
    ["a port in quotes", '{"serviceEndpoint":{"host":"h","port":"80"}}', /whole-number port/],
    ["half a port", '{"serviceEndpoint":{"host":"h","port":80.5}}', /whole-number port/],
    ["a port above 65535", '{"serviceEndpoint":{"host":"h","port":65536}}', /whole-number port/],
    ["no host", '{"serviceEndpoint":{"port":80}}', /with a host/],
    [
      "an additional endpoint without port",
      `{${service},"additionalEndpoints":{"x":{"host":"h"}}}`,
      /endpoint "x"/,
    ],
    ["additionalEndpoints in a list", `{${service},"additionalEndpoints":[]}`, /not an object/],
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
