import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { borealis } from "./borealis.ts";
import { freePort, RESOURCES, serviceJob, untilMembers, useWorld, writeJob } from "./world.ts";

const world = useWorld();
const WITNESS = join(import.meta.dirname, "fixtures/stop-witness.mjs");
const QUIT = "POST /quitquitquit with 0 members";
const ABORT = "POST /abortabortabort with 0 members";

/** An announced service that goes with what it `obeys`, and its executor. */
async function started(name: string, obeys: string, waitSecs: number) {
  const seen = join(world.directory, `${name}-seen`);
  const path = `/aurora/www-data/prod/${name}`;
  const port = await freePort();
  const service = `'${process.execPath}' '${WITNESS}' {{thermos.ports[http]}} '${seen}' '${obeys}'`;
  const job = serviceJob(name, {
    lifecycle: { http: { graceful_shutdown_wait_secs: waitSecs, shutdown_wait_secs: waitSecs } },
    task: {
      processes: [
        { name: "server", cmdline: `exec ${service} ${world.zooKeeper.connectString} ${path}` },
        { name: "last", cmdline: `echo finalizer >> '${seen}'`, final: true },
      ],
      resources: RESOURCES,
    },
  });
  const file = await writeJob(world, name, job);
  const running = borealis(["executor", "run", file, "-P", `http:${port}`, "--as-current-user"], world.env);
  await untilMembers(world, path, 1);
  const lines = async () => (await readFile(seen, "utf8")).trimEnd().split("\n");
  const told = () =>
    running.stderr.split("\n").flatMap((line) => {
      const { kind, msg } = line.startsWith("{") ? (JSON.parse(line) as Record<string, string>) : {};
      return kind === "stop" && msg !== undefined ? [msg] : [];
    });
  return { running, lines, told };
}

test("a service leaves its ServerSet, is asked twice, then gets SIGTERM, and its finalizer comes last", async () => {
  const { running, lines, told } = await started("asked", "SIGTERM", 1);
  running.child.kill("SIGTERM");
  expect(await running.exit).toBe(0);
  expect(await lines()).toEqual([QUIT, ABORT, "SIGTERM", "finalizer"]);
  const sentences = told();
  expect(sentences.slice(sentences.findIndex((text) => text.startsWith("leaving")))).toEqual(
    [
      /^leaving the ServerSet; waiting up to 5 s until the znode is gone$/,
      /^the znode is gone after \S+ s of 5 s$/,
      /^asking \/quitquitquit on port health$/,
      /^\/quitquitquit on port health answered 200; waiting up to 1 s$/,
      /^\/quitquitquit on port health answered 200, and the task still runs after \S+ s of 1 s$/,
      /^asking \/abortabortabort on port health$/,
      /^\/abortabortabort on port health answered 200; waiting up to 1 s$/,
      /^\/abortabortabort on port health answered 200, and the task still runs after \S+ s of 1 s$/,
      /^SIGTERM to the task's processes, then its finalizers; waiting up to 30 s$/,
      /^the task ended after \S+ s of 30 s$/,
    ].map((sentence) => expect.stringMatching(sentence)),
  );
});

test("a service that goes when it is asked is not signalled, and nobody waits for longer than that", async () => {
  const { running, lines, told } = await started("obedient", QUIT, 600);
  running.child.kill("SIGTERM");
  expect(await running.exit).toBe(0);
  expect(await lines()).toEqual([QUIT, "finalizer"]);
  expect(told().at(-1)).toMatch(/^the task ended after \S+ s of 600 s$/);
});

test("a second signal ends the waiting, a third one everything", async () => {
  const { running, lines, told } = await started("deaf", "nothing", 600);
  running.child.kill("SIGTERM");
  await expect.poll(() => told().at(-1)).toContain("answered 200; waiting up to 600 s");
  running.child.kill("SIGINT");
  await expect.poll(lines).toEqual([QUIT, "SIGTERM"]);
  running.child.kill("SIGINT");
  expect(await running.exit).toBe(0);
  // The finalizers are left out.
  expect(await lines()).toEqual([QUIT, "SIGTERM"]);
  expect(told()).toContain("told to hurry: SIGKILL");
});
