import { describe, expect, it } from "vitest";
import { formatServer, parseServers } from "../src/zookeeper/servers.ts";

describe("a connect string", () => {
  it.each([
    ["zk1", ["zk1:2181"]],
    ["zk1:2182, zk2 ,127.0.0.1:2183", ["zk1:2182", "zk2:2181", "127.0.0.1:2183"]],
    ["[::1]:2182,[fe80::1]", ["[::1]:2182", "[fe80::1]:2181"]],
  ])("%s names its servers", (text, servers) => {
    expect(parseServers(text).map(formatServer)).toEqual(servers);
  });

  it.each(["", " ", "zk1,", "zk1:0", "zk1:65536", "zk1:port", "::1", "zk1/chroot", "http://zk1", "zk 1"])(
    "may not be %j",
    (text) => {
      expect(() => parseServers(text)).toThrow(expect.objectContaining({ code: "INVALID_SERVERS" }));
    },
  );
});
