import { describe, expect, it } from "vitest";
import { deadlinePassed, hungUp, type Stage, socketFailed } from "../src/zookeeper/connection-problem.ts";

const server = { host: "10.0.0.1", port: 2181, name: "zk1" };
const at = (stage: Stage, encrypted = false) => ({ stage, server, encrypted });
const errno = (code: string) => Object.assign(new Error(`raw ${code}`), { code });

describe("why a connection ended is told by how far it had come", () => {
  it.each<[string, ReturnType<typeof hungUp>, string, RegExp]>([
    [
      "the deadline, nothing reached",
      deadlinePassed(at("reaching"), 600),
      "CONNECT_TIMEOUT",
      /could not be reached within 600 ms$/,
    ],
    [
      "the deadline, within TLS",
      deadlinePassed(at("securing", true), 600),
      "CONNECT_TIMEOUT",
      /TLS handshake within 600 ms$/,
    ],
    [
      "the deadline, no answer",
      deadlinePassed(at("greeting"), 600),
      "CONNECT_TIMEOUT",
      /did not answer as ZooKeeper within 600 ms; .*TLS/,
    ],
    [
      "the deadline, no answer over TLS",
      deadlinePassed(at("greeting", true), 600),
      "CONNECT_TIMEOUT",
      /ZooKeeper within 600 ms$/,
    ],
    [
      "the deadline, credentials",
      deadlinePassed(at("authenticating"), 600),
      "CONNECT_TIMEOUT",
      /credentials/,
    ],
    ["refused", socketFailed(at("reaching"), errno("ECONNREFUSED")), "CONNECT_FAILED", /connection refused$/],
    [
      "refused before TLS",
      socketFailed(at("reaching", true), errno("ECONNREFUSED")),
      "CONNECT_FAILED",
      /connection refused$/,
    ],
    [
      "reset within TLS",
      socketFailed(at("securing", true), errno("ECONNRESET")),
      "TLS_FAILED",
      /hung up on the TLS handshake/,
    ],
    [
      "an alert after TLS 1.3 was made",
      socketFailed(at("greeting", true), errno("ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED")),
      "TLS_FAILED",
      /wants a certificate of ours/,
    ],
    [
      "reset before the answer",
      socketFailed(at("greeting"), errno("ECONNRESET")),
      "CONNECT_FAILED",
      /connection reset$/,
    ],
    ["reset later", socketFailed(at("open"), errno("ECONNRESET")), "CONNECTION_LOSS", /connection reset$/],
    [
      "a spoilt record later",
      socketFailed(at("open", true), errno("ERR_SSL_WRONG_VERSION_NUMBER")),
      "CONNECTION_LOSS",
      /does not speak TLS/,
    ],
    ["hung up within TLS", hungUp(at("securing", true)), "TLS_FAILED", /the port is the plain one/],
    [
      "hung up before the answer",
      hungUp(at("greeting")),
      "CONNECT_FAILED",
      /does not serve now, or that is a TLS port$/,
    ],
    [
      "hung up before the answer over TLS",
      hungUp(at("greeting", true)),
      "CONNECT_FAILED",
      /wants a certificate of ours$/,
    ],
    ["hung up on credentials", hungUp(at("authenticating")), "AUTH_FAILED", /credentials$/],
    ["hung up later", hungUp(at("open")), "CONNECTION_LOSS", /closed the connection$/],
  ])("%s", (_, error, code, words) => {
    expect(error).toMatchObject({ code, message: expect.stringMatching(words) });
    expect(error.message).toContain("zk1:2181 (10.0.0.1)");
  });
});
