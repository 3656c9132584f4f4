import { spawn } from "node:child_process";
import { text } from "node:stream/consumers";
import { expect } from "vitest";

/** Runs `body` in a process of its own; it must end by itself, which it does only when nothing could wake it. */
export async function leftBehind(body: string): Promise<unknown> {
  const program = `
    import { connectZooKeeper } from ${JSON.stringify(new URL("../src/index.ts", import.meta.url).href)};
    import { createServer } from "node:net";
    const open = (servers, more) => connectZooKeeper({ servers, sessionTimeoutMs: 60_000, ...more });
    const within = (ms) => AbortSignal.timeout(ms);
    const until = (session, wanted) => new Promise((done) => {
      const look = () => wanted(session) && done();
      session.subscribe(look);
      look();
    });
    ${body}
    const idle = new Set(["PipeWrap", "TTYWrap", "FSReqCallback", "FSReqPromise", "CloseReq"]);
    const left = () => process.getActiveResourcesInfo().filter((name) => !idle.has(name));
    for (let turn = 0; left().length > 0 && turn < 100; turn++) await new Promise((resolve) => setImmediate(resolve));
    console.log(JSON.stringify(left()));
  `;
  const child = spawn(process.execPath, ["--input-type=module", "--eval", program], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  const [out, complaints] = await Promise.all([text(child.stdout), text(child.stderr)]);
  expect(complaints).toBe("");
  return JSON.parse(out);
}
