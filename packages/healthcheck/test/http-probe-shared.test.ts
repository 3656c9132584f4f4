import type { Socket } from "node:net";
import { systemClock } from "@borealis/clock";
import fc from "fast-check";
import { expect, it } from "vitest";
import { httpProbe } from "../src/http/http-probe.ts";
import { createSharedHttp } from "../src/http/shared-http.ts";
import { openConnections, openFiles, serveRaw, unusedPort } from "./loopback.ts";

const HEAD = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n";

/** What a service does with a question, and what a check makes of it. */
const BEHAVIOURS: Readonly<Record<string, [behave: (socket: Socket) => void, outcome: string]>> = {
  answers: [(socket) => socket.write(`${HEAD}\r\nok`), "healthy"],
  answersAndCloses: [(socket) => socket.end(`${HEAD}\r\nok`), "healthy"],
  answersTwice: [(socket) => socket.write(`${HEAD}\r\nok${HEAD}\r\nno`), "healthy"],
  saysNo: [(socket) => socket.write(`${HEAD}\r\nno`), "body"],
  saysTooMuch: [
    (socket) => socket.write(`HTTP/1.1 200 OK\r\nContent-Length: 99999\r\n\r\n${"o".repeat(99_999)}`),
    "body",
  ],
  saysNothing: [() => {}, "timeout"],
  stopsInItsHead: [(socket) => socket.write(HEAD), "timeout"],
  stopsInItsBody: [(socket) => socket.write(`${HEAD}\r\no`), "timeout"],
  closes: [(socket) => socket.end(), "closed"],
  resets: [(socket) => socket.resetAndDestroy(), "closed"],
  closesInItsBody: [(socket) => socket.end(`${HEAD}\r\no`), "closed"],
  talksNonsense: [(socket) => socket.write("nonsense\r\n\r\n"), "protocol"],
};

it("lends again what it was given back", () => {
  const shared = createSharedHttp();
  const [first, second] = [shared.borrow(), shared.borrow()];
  expect(second).not.toBe(first);
  shared.giveBack(first);
  expect(shared.borrow()).toBe(first);
});

it("leaves the errors of everybody else their stacks", async () => {
  const limit = Error.stackTraceLimit;
  const port = await serveRaw((socket) => socket.end(`${HEAD}\r\nok`));
  const { signal } = new AbortController();
  expect(await httpProbe({ port }, { clock: systemClock }).check(signal)).toMatchObject({ healthy: true });
  expect(Error.stackTraceLimit).toBe(limit);
});

it("asks any services in any order, some at a time, with connections that are lent from one to the next", async () => {
  const shared = createSharedHttp();
  const asked: [port: number, outcome: string][] = [[await unusedPort(), "refused"]];
  for (const [behave, outcome] of Object.values(BEHAVIOURS)) {
    asked.push([await serveRaw((socket) => socket.once("data", () => behave(socket))), outcome]);
  }
  const check = async (port: number, keepAlive: boolean, signal: AbortSignal) => {
    const probe = httpProbe({ port, keepAlive }, { clock: systemClock, dispatcher: shared });
    const result = await probe.check(signal);
    probe.close();
    return result.healthy ? "healthy" : result.kind;
  };
  const files = openFiles();
  const target = fc.record({ service: fc.constantFrom(...asked), keepAlive: fc.boolean() });
  const rounds = fc.array(fc.array(target, { minLength: 1, maxLength: 6 }), { minLength: 1, maxLength: 4 });
  await fc.assert(
    fc.asyncProperty(rounds, async (batches) => {
      for (const batch of batches) {
        const deadline = new AbortController();
        const outcomes = batch.map(({ service: [port], keepAlive }) =>
          check(port, keepAlive, deadline.signal),
        );
        // Time runs out when only those are left that wait for it.
        await Promise.all(outcomes.filter((_, index) => batch[index]?.service[1] !== "timeout"));
        deadline.abort(new Error("too late"));
        expect(await Promise.all(outcomes)).toEqual(batch.map(({ service: [, outcome] }) => outcome));
      }
    }),
  );
  await expect.poll(openConnections).toBe(0);
  await expect.poll(openFiles).toBe(files);
  shared.close();
});
