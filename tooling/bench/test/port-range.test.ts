import { once } from "node:events";
import { createServer } from "node:net";
import { expect, test } from "vitest";
import { freePorts } from "../src/port-range.ts";

test.each(["127.0.0.1", "::"])("ports are not taken where something listens on %s", async (host) => {
  const { first, count } = await freePorts(1_000);
  const taken = first + count - 1;
  const server = createServer().listen(taken, host);
  await once(server, "listening");
  try {
    const next = await freePorts(1_000);
    expect(next.first + next.count).toBeLessThanOrEqual(taken);
  } finally {
    server.close();
  }
});

test("more ports than there are below the kernel's own are not had", async () => {
  await expect(freePorts(20_000)).rejects.toThrow("no 20000 free ports in a row");
});
