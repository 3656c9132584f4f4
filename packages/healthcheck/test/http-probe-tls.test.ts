import { createServer, type ServerOptions } from "node:https";
import { connect, type Socket } from "node:net";
import { systemClock } from "@borealis/clock";
import { afterAll, describe, expect, it } from "vitest";
import type { HttpProbeOptions, TlsProbeOptions } from "../src/http/http-options.ts";
import { httpProbe } from "../src/http/http-probe.ts";
import { createSharedHttp } from "../src/http/shared-http.ts";
import { createAuthority, hasOpenssl } from "./certificates.ts";
import { answering, ask, serveBytes } from "./http-asking.ts";
import { listen, openConnections, serveRaw } from "./loopback.ts";

describe.skipIf(!hasOpenssl)("a check over TLS", () => {
  const authority = createAuthority();
  const other = createAuthority();
  afterAll(() => {
    authority.remove();
    other.remove();
  });
  const localhost = authority.issue("DNS:localhost", "IP:127.0.0.1");
  const { ca } = authority;

  const serveTls = (options: ServerOptions = {}, onName?: (name: unknown) => void) => {
    const server = createServer({ ...localhost, ...options }, (_request, response) => response.end("ok"));
    server.on("secureConnection", (socket) => onName?.(socket.servername));
    server.on("tlsClientError", () => {});
    return listen(server);
  };
  const askTls = (port: number, tls: TlsProbeOptions, headers: Record<string, string> = {}) =>
    ask({ port, scheme: "https", tls, headers });

  it("is healthy when an authority that it trusts vouches for localhost", async () => {
    expect(await askTls(await serveTls(), { ca })).toMatchObject({ healthy: true, statusCode: 200 });
  });

  it("is not when nobody vouches whom it trusts, and says so", async () => {
    const port = await serveTls();
    for (const tls of [{}, { ca: other.ca }]) {
      expect(await askTls(port, tls)).toEqual({
        healthy: false,
        kind: "tls",
        reason: "no trusted connection: unable to verify the first certificate",
        durationMs: expect.any(Number),
      });
    }
    await expect.poll(openConnections).toBe(0);
  });

  it("trusts anybody when told so", async () => {
    expect(await askTls(await serveTls(), { verify: false })).toMatchObject({ healthy: true });
  });

  it("asks for localhost, the Host it was given, or the name it was told to ask for", async () => {
    const names: unknown[] = [];
    const port = await serveTls({}, (name) => names.push(name));
    const anybody = { verify: false };
    await askTls(port, anybody);
    await askTls(port, anybody, { Host: "shop.example:8443" });
    await askTls(port, anybody, { Host: "127.0.0.1" });
    await askTls(port, { ...anybody, serverName: "other.example" }, { Host: "shop.example" });
    // An address can not be asked for.
    await askTls(port, { ...anybody, serverName: "127.0.0.1" });
    expect(names).toEqual(["localhost", "shop.example", "localhost", "other.example", false]);
  });

  it("is not healthy when the certificate is another's", async () => {
    const port = await serveTls();
    expect(await askTls(port, { ca, serverName: "shop.example" })).toMatchObject({
      kind: "tls",
      reason: expect.stringMatching(/^no trusted connection: .*shop\.example/),
    });
    const shop = authority.issue("DNS:shop.example");
    expect(await askTls(await serveTls(shop), { ca, serverName: "shop.example" })).toMatchObject({
      healthy: true,
    });
  });

  it("takes an address for the name of a certificate", async () => {
    const port = await serveTls();
    expect(await askTls(port, { ca, serverName: "127.0.0.1" })).toMatchObject({ healthy: true });
    expect(await askTls(port, { ca, serverName: "127.0.0.2" })).toMatchObject({ kind: "tls" });
  });

  it("shows its own certificate where one is asked for", async () => {
    const wanting: ServerOptions = { requestCert: true, ca, rejectUnauthorized: true };
    const strangers = [{ ca }, { ca, ...other.issue("DNS:stranger") }];
    // With TLS 1.3 the refusal comes after the connection has, and a reset may overtake it.
    const kinds = { "TLSv1.2": /^tls$/, "TLSv1.3": /^(tls|closed)$/ } as const;
    for (const maxVersion of ["TLSv1.2", "TLSv1.3"] as const) {
      const port = await serveTls({ ...wanting, maxVersion });
      expect(await askTls(port, { ca, ...authority.issue("DNS:checker") })).toMatchObject({ healthy: true });
      const kind = expect.stringMatching(kinds[maxVersion]);
      for (const tls of strangers) expect(await askTls(port, tls)).toMatchObject({ kind });
    }
  });

  it("fails when what comes is no longer encrypted", async () => {
    let client: Socket | undefined;
    const upstream = await serveTls({}, () => client?.write("this is not a record of TLS"));
    const port = await serveRaw((socket) => {
      client = socket;
      const service = connect(upstream, "127.0.0.1").on("error", () => {});
      socket.pipe(service).pipe(socket);
    });
    const dispatcher = createSharedHttp();
    const kindOf = async (options: HttpProbeOptions) => {
      using deadline = systemClock.deadline(5000);
      const result = await httpProbe(options, { clock: systemClock, dispatcher }).check(deadline.signal);
      return result.healthy || result.kind;
    };
    expect(await kindOf({ port, scheme: "https", tls: { ca } })).toBe("tls");
    // What ended it is not said of the one that is asked next.
    expect(await kindOf({ port: await serveBytes("") })).toBe("closed");
    dispatcher.close();
  });

  it.each<[string, TlsProbeOptions]>([
    ["an authority", { ca: "-----BEGIN CERTIFICATE-----\nnonsense\n-----END CERTIFICATE-----\n" }],
    ["a certificate", { cert: "nonsense", key: localhost.key }],
    ["a key", { cert: localhost.cert, key: other.issue("DNS:stranger").key }],
  ])("says that %s can not be used", async (_, tls) => {
    expect(await askTls(await serveTls(), tls)).toMatchObject({
      kind: "internal",
      reason: expect.stringMatching(/^the question can not be asked: /),
    });
  });

  it("fails with a service that does not speak TLS", async () => {
    expect(await askTls(await answering(200, "ok"), { ca })).toMatchObject({
      kind: "tls",
      reason: expect.stringMatching(/^no trusted connection: /),
    });
  });

  it("fails with a service that hangs up instead", async () => {
    const port = await serveRaw((socket) => socket.once("data", () => socket.destroy()));
    expect(await askTls(port, { ca })).toMatchObject({ kind: "tls" });
  });

  it("ends at its deadline, with its socket, when the service does not say a word", async () => {
    const port = await serveRaw(() => {});
    const result = await ask({ port, scheme: "https", tls: { ca } }, 100);
    expect(result).toMatchObject({
      kind: "timeout",
      reason: "no answer within 100 ms: no connection came about",
    });
    await expect.poll(openConnections).toBe(0);
  });

  it("keeps the connection when told so", async () => {
    let connections = 0;
    const port = await serveTls({}, () => connections++);
    const probe = httpProbe({ port, scheme: "https", tls: { ca }, keepAlive: true }, { clock: systemClock });
    for (let round = 0; round < 3; round++) {
      using deadline = systemClock.deadline(5000);
      expect(await probe.check(deadline.signal)).toMatchObject({ healthy: true });
    }
    probe.close();
    expect(connections).toBe(1);
    await expect.poll(openConnections).toBe(0);
  });
});
