import { describe, expect, it } from "vitest";
import { weighed } from "../src/set-view.ts";
import { parseWeightVector, weightOf } from "../src/weight-vector.ts";
import { memberOf } from "./live.ts";

const member = {
  ...memberOf(3),
  valid: true as const,
  name: "member_0000000007",
  additionalEndpoints: { http: { host: "host2", port: 80 } },
};
const weight = (...vectors: string[]) =>
  weightOf(
    member,
    vectors.map((each) => parseWeightVector(Buffer.from(each))),
  );
const one = (select: string, weight: string) =>
  `{"vector":[{"select":"${select}","weight":${weight},"priority":1}]}`;

describe("a weight vector", () => {
  it.each([
    ["by name", one("member=member_0000000007", "1.5"), 1.5],
    ["by shard", one("shard=3", "0.25"), 0.25],
    ["by its service endpoint", one("inet=host1:31003", "2.5"), 2.5],
    ["by another endpoint", one("inet=host2:80", "2.5"), 2.5],
    ["with a whole number that is written as a fraction", one("shard=3", "2.0"), 2],
    ["with an exponent", one("shard=3", "2e1"), 20],
    ["with the weight that takes it out", one("shard=3", "-1.0"), -1],
    ["but not with a whole number", one("shard=3", "2"), 1],
    ["but not with text", one("shard=3", '"2.0"'), 1],
    ["but not another member", one("member=member_0000000008", "2.5"), 1],
    ["but not by another port", one("inet=host1:80", "2.5"), 1],
    ["but not by what nobody knows", one("rack=a", "2.5"), 1],
    ["but not by half a selector", one("inet=host1", "2.5"), 1],
    ["but not with what is no JSON", "vector", 1],
    ["but not with another shape", '{"vector":{"select":"shard=3","weight":2.5}}', 1],
    ["but not with null", "null", 1],
  ])("weighs a member %s", (_, text, expected) => {
    expect(weight(text)).toBe(expected);
  });

  it("multiplies with others", () => {
    expect(weight(one("shard=3", "2.5"), one("member=member_0000000007", "2.0"))).toBe(5);
  });

  it("is applied to a set and is no member of it", () => {
    const entries = [
      { name: member.name, czxid: 1n, mzxid: 1n, member },
      {
        name: "vector_1",
        czxid: 2n,
        mzxid: 2n,
        member: undefined,
        vector: parseWeightVector(Buffer.from(one("shard=3", "2.5"))),
      },
    ];
    expect(weighed(entries)).toEqual([{ ...entries[0], member: { ...member, weight: 2.5 } }]);
  });
});
