import { type ChildProcessByStdio, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable, Writable } from "node:stream";
import { text } from "node:stream/consumers";

// The keeper makes the directory itself: there is no moment at which it exists and nobody would remove it.
// `read` returns when every copy of the pipe's other end is closed, which the kernel does however we end.
const SCRIPT = `
mkdir -m 700 "$1" 2>&1 || exit
exec >/dev/null 2>&1
while read -r line; do :; done
for file in "$1"/*/pid; do
  [ -f "$file" ] && kill -KILL "$(cat "$file")"
done
tries=0
until rm -rf "$1" || [ "$tries" -ge 50 ]; do
  tries=$((tries + 1)); sleep 0.1
done
`;

/** Outlives this process just long enough to end the servers in `directory` and remove it. */
export interface Keeper {
  readonly directory: string;
  /** Resolves when the directory is gone. */
  release(): Promise<void>;
}

export async function startKeeper(): Promise<Keeper> {
  const directory = join(tmpdir(), `borealis-zookeeper-${randomUUID()}`);
  // Detached: Ctrl-C in a terminal goes to every process of the group, and would end the keeper before its work.
  const child = spawn("/bin/sh", ["-c", SCRIPT, "borealis-zookeeper-keeper", directory], {
    cwd: "/",
    detached: true,
    stdio: ["pipe", "pipe", "ignore"],
  });
  child.stdin.on("error", () => {}); // The keeper was killed: nothing is left to tell it.
  const ended = once(child, "exit").catch(() => {});

  // Ends as soon as the directory is made or could not be.
  const complaint = await text(child.stdout);
  if (complaint !== "") throw new Error(`No directory for a private ZooKeeper: ${complaint.trim()}`);
  unref(child);

  return {
    directory,
    async release() {
      child.ref();
      child.stdin.end();
      await ended;
    },
  };
}

// A keeper must not keep its parent alive.
function unref(child: ChildProcessByStdio<Writable, Readable, null>): void {
  child.unref();
  if ("unref" in child.stdin && typeof child.stdin.unref === "function") child.stdin.unref();
}
