import { describe, expect, it, test } from "vitest";
import { formatServer, parseServers } from "../src/zookeeper/servers.ts";

describe("a connect string", () => {
  it.each([
    ["zk1", ["zk1:2181"]],
    ["zk1:2182, zk2 ,127.0.0.1:2183", ["zk1:2182", "zk2:2181", "127.0.0.1:2183"]],
    ["[::1]:2182,[fe80::1]", ["[::1]:2182", "[fe80::1]:2181"]],
    ["[fe80::1%eth0]:2182", ["[fe80::1%eth0]:2182"]],
  ])("%s names its servers", (text, servers) => {
    expect(parseServers(text).map(formatServer)).toEqual(servers);
  });

  it.each([
    "",
    " ",
    "zk1,",
    "zk1:0",
    "zk1:65536",
    "zk1:port",
    "::1",
    "zk1/chroot",
    "[::1%]",
    "http://zk1",
    "zk 1",
  ])("may not be %j", (text) => {
    expect(() => parseServers(text)).toThrow(expect.objectContaining({ code: "INVALID_SERVERS" }));
  });
});

test.for([
  [{ host: "10.0.0.1", port: 2181, name: "zk1" }, "zk1:2181 (10.0.0.1)"],
  [{ host: "::1", port: 2181, name: "zk1" }, "zk1:2181 (::1)"],
  [{ host: "10.0.0.1", port: 2181, name: "10.0.0.1" }, "10.0.0.1:2181"],
] as const)("an address that was looked up is shown with its name: %j", ([server, shown]) => {
  expect(formatServer(server)).toBe(shown);
});
