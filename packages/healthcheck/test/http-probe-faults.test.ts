import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { answering, ask, serveBytes, serveHttp } from "./http-asking.ts";
import { openConnections, openFiles, serveNobody, serveRaw, unusedPort } from "./loopback.ts";

const OK = "HTTP/1.1 200 OK\r\n";

/** Writes the same bytes again and again for as long as somebody is there. */
function drip(socket: Socket, bytes: string): void {
  const timer = setInterval(() => socket.write(bytes), 20);
  socket.on("close", () => clearInterval(timer));
}

describe("a check ends at its deadline, 50 ms later at most, when the service", () => {
  const pour = (socket: Socket) => {
    const block = Buffer.alloc(64 * 1024, "o");
    const more = () => {
      while (!socket.destroyed) if (!socket.write(block)) return void socket.once("drain", more);
    };
    more();
  };

  it.each<[string, string, (socket: Socket) => void]>([
    ["takes the connection and says nothing", "", () => {}],
    [
      "drips its headers",
      ": its headers did not end",
      (socket) => {
        socket.write(`${OK}X-Slow: `);
        drip(socket, "z");
      },
    ],
    [
      "drips headers, one after the other",
      ": its headers did not end",
      (socket) => {
        socket.write(OK);
        drip(socket, "a: b\r\n");
      },
    ],
    [
      "drips its body",
      ": HTTP 200, whose body did not end",
      (socket) => {
        socket.write(`${OK}Content-Length: 1000\r\n\r\n`);
        drip(socket, "o");
      },
    ],
    [
      "sends the right body, and does not end it",
      ": HTTP 200, whose body did not end",
      (socket) => {
        socket.write(`${OK}Transfer-Encoding: chunked\r\n\r\n2\r\nok\r\n`);
      },
    ],
    [
      "drips hints, and no answer",
      ": its headers did not end",
      (socket) => drip(socket, "HTTP/1.1 103 Early Hints\r\n\r\n"),
    ],
    ["drips blank lines", "", (socket) => drip(socket, "\r\n")],
  ])("%s", async (_, where, behave) => {
    const result = await ask({ port: await serveRaw(behave) }, 200);
    expect(result).toMatchObject({
      healthy: false,
      kind: "timeout",
      reason: `no answer within 200 ms${where}`,
    });
  });

  it("answers late", async () => {
    const late = Promise.withResolvers<void>();
    const port = await serveHttp(async (_request, response) => {
      await late.promise;
      response.end("ok");
    });
    expect(await ask({ port }, 100)).toMatchObject({ kind: "timeout", reason: "no answer within 100 ms" });
    late.resolve();
  });

  it("keeps what has come, its status and its body", async () => {
    const port = await serveHttp((_request, response) => response.writeHead(200).write("starting"));
    expect(await ask({ port }, 100)).toMatchObject({
      kind: "timeout",
      statusCode: 200,
      output: "starting",
    });
  });

  it("is told by a wrong status, even if the body never ends", async () => {
    const port = await serveHttp((_request, response) => response.writeHead(503).write("starting"));
    expect(await ask({ port }, 100)).toMatchObject({
      kind: "status",
      reason: "HTTP 503",
      statusCode: 503,
      output: "starting",
    });
  });

  it("sends headers without end, long before it", async () => {
    const port = await serveRaw((socket) => {
      socket.write(`${OK}X-Long: `);
      pour(socket);
    });
    expect(await ask({ port })).toMatchObject({
      kind: "protocol",
      reason: "the answer is not HTTP: its headers are larger than 16 KB",
    });
  });

  it("sends a gigabyte, long before it, and reads little of it", async () => {
    let sent = 0;
    const port = await serveHttp((_request, response) => {
      const block = Buffer.alloc(64 * 1024, "o");
      const pour = () => {
        while (sent < 2 ** 30 && !response.destroyed) {
          sent += block.length;
          if (!response.write(block)) return void response.once("drain", pour);
        }
      };
      pour();
    });
    expect(await ask({ port })).toMatchObject({
      kind: "body",
      reason: "body is larger than 64 KB",
      statusCode: 200,
      output: "o".repeat(4096),
    });
    expect(sent).toBeLessThan(64 * 2 ** 20);
  });

  it("has no room for another connection", async () => {
    const { port, child } = await serveNobody();
    const waiting = Array.from({ length: 2 }, () => connect(port, "127.0.0.1"));
    await Promise.all(waiting.map((socket) => once(socket, "connect")));
    const files = openFiles();
    const result = await ask({ port }, 200);
    expect(result).toMatchObject({
      kind: "timeout",
      reason: "no answer within 200 ms: no connection came about",
    });
    expect(openFiles()).toBe(files);
    for (const socket of waiting) socket.destroy();
    child.kill("SIGKILL");
    await once(child, "exit");
  });
});

describe("a check of a service that", () => {
  it("is not there is refused", async () => {
    const port = await unusedPort();
    expect(await ask({ port })).toEqual({
      healthy: false,
      kind: "refused",
      reason: `connection refused on port ${port}`,
      durationMs: expect.any(Number),
    });
  });

  it.each([
    ["inside a sized body", `${OK}Content-Length: 10\r\n\r\nok`],
    ["inside a chunked body", `${OK}Transfer-Encoding: chunked\r\n\r\n5\r\nok`],
    ["between chunks", `${OK}Transfer-Encoding: chunked\r\n\r\n2\r\nok\r\n`],
    ["inside the headers", `${OK}Content-Le`],
    ["before a byte", ""],
  ])("closes %s has failed", async (_, bytes) => {
    expect(await ask({ port: await serveBytes(bytes) })).toMatchObject({
      kind: "closed",
      reason: "connection was closed before the answer was complete",
    });
  });

  it.each([
    ["before a byte", ""],
    ["half-way", `${OK}Content-Length: 10\r\n\r\nok`],
  ])("resets the connection %s has failed", async (_, bytes) => {
    const port = await serveRaw((socket) =>
      socket.once("data", () => {
        if (bytes === "") socket.resetAndDestroy();
        else socket.write(bytes, () => socket.resetAndDestroy());
      }),
    );
    expect(await ask({ port })).toMatchObject({
      kind: "closed",
      reason: expect.stringMatching(/^connection was (reset|closed) before the answer was complete$/),
    });
  });

  it.each([
    ["another protocol's greeting", "SSH-2.0-OpenSSH_9.9\r\n"],
    ["the question itself", "GET /health HTTP/1.1\r\n\r\n"],
    ["a version that is none", "HTTP/9.9.9 200 OK\r\n\r\nok"],
    ["a status that is none", "HTTP/1.1 abc OK\r\n\r\nok"],
    ["a status that is a number and none", "HTTP/1.1 000 OK\r\nContent-Length: 2\r\n\r\nok"],
    ["a length that is none", `${OK}Content-Length: two\r\n\r\nok`],
    ["a chunk whose size is none", `${OK}Transfer-Encoding: chunked\r\n\r\nzz\r\nok\r\n0\r\n\r\n`],
    ["a header without a name", `${OK}: nameless\r\n\r\nok`],
    ["nothing but zeros", "\0".repeat(1000)],
    ["TLS", "\x15\x03\x01\x00\x02\x02\x46"],
  ])("sends %s does not speak HTTP", async (_, bytes) => {
    expect(await ask({ port: await serveBytes(bytes) })).toMatchObject({
      kind: "protocol",
      reason: expect.stringMatching(/^the answer is not HTTP: ([A-Z]|its status)/),
    });
  });

  it.each([
    ["100 Continue", "HTTP/1.1 100 Continue\r\n\r\n"],
    [
      "101 Switching Protocols",
      "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n",
    ],
  ])("sends %s unasked has failed", async (status, bytes) => {
    expect(await ask({ port: await serveBytes(`${bytes}${OK}Content-Length: 2\r\n\r\nok`) })).toMatchObject({
      kind: "protocol",
      reason: `the answer is ${status}, which nobody asked for`,
    });
  });

  it.each([
    ["too many headers", `${OK}${"a: b\r\n".repeat(10_000)}\r\nok`],
    ["a header that is too long", `${OK}X-Long: ${"z".repeat(200_000)}\r\n\r\nok`],
  ])("sends %s has failed", async (_, bytes) => {
    expect(await ask({ port: await serveBytes(bytes) })).toMatchObject({
      kind: "protocol",
      reason: "the answer is not HTTP: its headers are larger than 16 KB",
    });
  });

  it.each([
    ["ends its body by closing, as HTTP/1.0 does", "HTTP/1.0 200 OK\r\n\r\nok"],
    ["sends more than it said", `${OK}Content-Length: 2\r\n\r\nok and more`],
    ["answers twice", `${OK}Content-Length: 2\r\n\r\nok${OK}Content-Length: 2\r\n\r\nno`],
    [
      "sends chunks and a trailer",
      `${OK}Transfer-Encoding: chunked\r\n\r\n1\r\no\r\n1\r\nk\r\n0\r\nA: b\r\n\r\n`,
    ],
  ])("%s is healthy", async (_, bytes) => {
    expect(await ask({ port: await serveBytes(bytes) })).toMatchObject({ healthy: true, statusCode: 200 });
  });

  it("sends its answer byte by byte is healthy", async () => {
    const port = await serveRaw(async (socket) => {
      socket.setNoDelay();
      for (const byte of `${OK}X-Name: value\r\nContent-Length: 2\r\n\r\nok`) {
        await new Promise((resolve) => socket.write(byte, resolve));
      }
    });
    expect(await ask({ port })).toMatchObject({ healthy: true });
  });

  it.each([
    [65_536, true],
    [65_537, false],
  ])("sends %d bytes is compared: %j", async (length, compared) => {
    const port = await answering(200, `ok${"o".repeat(length - 2)}`);
    const result = await ask({ port, body: { kind: "contains", text: "ok" } });
    expect(result.healthy).toBe(compared);
  });

  it("cuts a letter in two between its packets is understood", async () => {
    const bytes = Buffer.from("Grüße");
    const port = await serveHttp((_request, response) => {
      response.write(bytes.subarray(0, 3));
      response.end(bytes.subarray(3));
    });
    expect(await ask({ port, body: { kind: "equals", text: "GRÜßE" } })).toMatchObject({ healthy: true });
  });
});

describe("a check that is stopped", () => {
  it("ends at once and tells the cause", async () => {
    const controller = new AbortController();
    const port = await serveRaw(() => controller.abort(new Error("the instance has ended")));
    const result = await ask({ port }, 60_000, controller.signal);
    expect(result).toMatchObject({
      healthy: false,
      reason: expect.stringMatching(/^the instance has ended/),
    });
  });

  it("does not even connect when it was stopped before", async () => {
    const port = await answering(200, "ok");
    const result = await ask({ port }, 60_000, AbortSignal.abort(new Error("too late")));
    expect(result).toEqual({ healthy: false, kind: "timeout", reason: "too late", durationMs: 0 });
    expect(openConnections()).toBe(0);
  });
});

it("has closed its socket by the time it settles, whatever the outcome", async () => {
  const ports = [
    await answering(200, "ok"),
    await answering(503, "no"),
    await unusedPort(),
    await serveRaw(() => {}),
    await serveRaw((socket) => socket.end("garbage\r\n\r\n")),
    await serveHttp((_request, response) => response.writeHead(200).write("o")),
  ];
  for (const port of ports) await ask({ port }, 100);
  await expect.poll(openConnections).toBe(0);
  const files = openFiles();
  for (let round = 0; round < 20; round++) {
    for (const port of ports) await ask({ port }, 20);
  }
  await expect.poll(openConnections).toBe(0);
  await expect.poll(openFiles).toBe(files);
});

// A network of its own needs root, or a kernel that lets anybody have one.
const ownNetwork = ["-rn", "bash", "-ec"];
const canHave = spawnSync("unshare", [...ownNetwork, "ip link set lo up"]).status === 0;

describe.skipIf(!canHave)("a check", () => {
  const within = (network: string, script: string) => {
    const program = join(import.meta.dirname, "http-asking-once.ts");
    const command = `ip link set lo up; ${network}; ${script}`;
    return spawnSync("unshare", [...ownNetwork, command, process.execPath, program], { encoding: "utf8" });
  };

  it("is refused when the kernel connects it to itself, and leaves nothing on the service's port", () => {
    const { stdout, stderr } = within(
      "echo 45000 45001 > /proc/sys/net/ipv4/ip_local_port_range",
      `"$0" "$1" 45000 4; grep -c ':AFC8 .*:AFC8 ' /proc/net/tcp >&2 || true`,
    );
    expect(JSON.parse(stdout)).toMatchObject({ kind: "refused" });
    expect(stderr).toBe("0\n");
  });

  it("is refused on a host that has no ::1", () => {
    const { stdout } = within("echo 1 > /proc/sys/net/ipv6/conf/lo/disable_ipv6", '"$0" "$1" 45000');
    expect(JSON.parse(stdout)).toMatchObject({ kind: "refused" });
  });
});
