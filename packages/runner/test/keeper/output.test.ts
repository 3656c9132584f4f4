import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { OutputPlan } from "../../src/keeper/keeper.ts";
import { otherExecutor } from "./executors.ts";
import { keep, linesOf, newTask, requestFor, type Task, temporaryDirectory } from "./task-world.ts";

const KEEPER = join(import.meta.dirname, "../../src/keeper");

/** All that was kept of a file, oldest first. */
function generations(directory: string, name: string): Buffer[] {
  const numbers = readdirSync(directory)
    .filter((entry) => entry.startsWith(`${name}.`))
    .map((entry) => Number(entry.slice(name.length + 1)))
    .sort((left, right) => right - left);
  return [...numbers.map((number) => `${name}.${number}`), name].map((file) =>
    readFileSync(join(directory, file)),
  );
}

function rotating(task: Task, bytes: number, backups: number): OutputPlan {
  return { file: join(task.sandbox, "log"), console: false, rotate: { bytes, backups } };
}

describe("a file that rotates", () => {
  it("loses nothing: what is kept is the end of the output, in files that end with lines", async () => {
    const task = await keep();
    task.start("a", "seq 200000; printf unfinished", { stdout: rotating(task, 100_000, 4) });
    await task.until("exited", "a");
    const kept = generations(task.sandbox, "log");
    const all = execFileSync("/bin/bash", ["-c", "seq 200000; printf unfinished"], { maxBuffer: 1e8 });
    expect(kept).toHaveLength(5);
    for (const older of kept.slice(0, -1)) {
      expect(older.at(-1)).toBe(10);
      expect(older.length).toBeLessThanOrEqual(100_000);
      expect(older.length).toBeGreaterThan(100_000 - 10);
    }
    const end = Buffer.concat(kept);
    expect(end.equals(all.subarray(all.length - end.length))).toBe(true);
    expect(task.problems).toEqual([]);
  });

  it("has what background children wrote until they were killed, and what was in the file before", async () => {
    const task = await keep();
    writeFileSync(join(task.sandbox, "log"), "before\n");
    const script = "(echo child; touch said; sleep 1000) & until [ -e said ]; do :; done; echo shell";
    task.start("a", script, { stdout: rotating(task, 1_000, 1) });
    await task.until("exited", "a");
    expect(readFileSync(join(task.sandbox, "log"), "latin1")).toBe("before\nchild\nshell\n");
  });

  it("does not keep a command from closing its output, or from ending before it was read", async () => {
    const task = await keep();
    task.start("a", "echo said; exec >&- 2>&-; until [ -e go ]; do sleep 0.01; done; exit 3", {
      stdout: rotating(task, 1_000, 1),
    });
    await expect
      .poll(() => existsSync(join(task.sandbox, "log")) && readFileSync(join(task.sandbox, "log"), "latin1"))
      .toBe("said\n");
    writeFileSync(join(task.sandbox, "go"), "");
    expect((await task.until("exited", "a")).exit).toEqual({ exitCode: 3 });
  });

  it("does not make the other stream wait", async () => {
    const task = await keep();
    const stderr = { ...rotating(task, 100_000, 1), file: join(task.sandbox, "errors") };
    task.start("a", "yes & seq 100000 >&2; exit 5", { stdout: rotating(task, 1_000_000, 1), stderr });
    expect((await task.until("exited", "a")).exit).toEqual({ exitCode: 5 });
    expect(readFileSync(join(task.sandbox, "errors"), "latin1")).toMatch(/\n100000\n$/);
  });

  it("that can not be moved goes on growing, and it is said", async () => {
    const task = await keep();
    mkdirSync(join(task.sandbox, "log.1/in-the-way"), { recursive: true });
    task.start("a", "seq 1000; exit 2", { stdout: rotating(task, 500, 1) });
    expect((await task.until("exited", "a")).exit).toEqual({ exitCode: 2 });
    expect(readFileSync(join(task.sandbox, "log"), "latin1")).toHaveLength(3893);
    expect(task.problems).toEqual([expect.stringContaining("log can not be rotated: ")]);
  });

  it("keeps every byte in order, whatever the chunks are, and splits only lines that are too long for it", () => {
    const directory = temporaryDirectory();
    const line = fc.integer({ min: 0, max: 30 }).map((length) => `${"x".repeat(length)}\n`);
    const chunk = fc
      .array(fc.oneof(line, fc.string({ unit: "binary-ascii" })), { maxLength: 6 })
      .map((parts) => parts.join(""));
    let round = 0;
    fc.assert(
      fc.property(
        fc.array(chunk, { minLength: 1, maxLength: 5 }),
        fc.integer({ min: 3, max: 60 }),
        (chunks, bytes) => {
          round += 1;
          const name = `log-${round}`;
          pour(join(directory, name), bytes, chunks);
          const kept = generations(directory, name);
          expect(Buffer.concat(kept).toString("latin1")).toBe(chunks.join(""));
          for (const older of kept.slice(0, -1)) {
            const wholeLines = older.at(-1) === 10;
            if (!wholeLines) expect(older).toHaveLength(2 * bytes);
            else if (older.length > bytes) expect(older.lastIndexOf(10, -2)).toBeLessThan(bytes);
          }
        },
      ),
      { numRuns: 40 },
    );
  });

  /** Through output.pl's own doors, so that it is known what a chunk is. */
  function pour(file: string, bytes: number, chunks: readonly string[]): void {
    const program = `require "${KEEPER}/output.pl"; my ($file, $bytes, @chunks) = @ARGV;
      my (undef, $stream) = Output::prepare({ file => $file, console => 0, bytes => $bytes, backups => 400 }, undef, '/');
      Output::to_file($stream, pack "H*", $_) for @chunks;`;
    const hex = chunks.map((chunk) => Buffer.from(chunk, "latin1").toString("hex"));
    execFileSync("perl", ["-we", program, file, String(bytes), ...hex]);
  }
});

describe("a file that can not be written", () => {
  it("costs what was to be written, which is counted and told, and not the process", () => {
    const program = `require "${KEEPER}/output.pl"; open my $full, '>', '/dev/full';
      my $stream = { file => 'log', out => $full, size => 0, bytes => 0, lost => 0, unseen => 0 };
      my $say = sub { print "$_\\n" for Output::problems($stream, @_) };
      for my $chunk ('x' x 10, 'y' x 7) { Output::to_file($stream, $chunk); $say->() }
      $say->(1);`;
    expect(execFileSync("perl", ["-we", program], { encoding: "utf8" }).split("\n")).toEqual([
      "10 bytes of output could not be written to log (No space left on device)",
      "17 bytes in all of output could not be written to log (No space left on device)",
      "",
    ]);
  });
});

describe("a console", () => {
  const toConsole = (task: Task, script: string, file?: string) => ({
    ...requestFor(task, "a", script),
    stdout: { console: true, ...(file === undefined ? {} : { file: join(task.sandbox, file) }) },
  });

  async function consoleOf(task: Task, request: ReturnType<typeof toConsole>) {
    const other = await otherExecutor(task, [request], ["ignore", "pipe", "inherit", "ipc"]);
    const { stdout } = other.child;
    if (stdout === null) throw new Error("no stdout");
    return { other, stdout };
  }

  it("alone is the command's own stdout", async () => {
    const task = newTask();
    const { other, stdout } = await consoleOf(
      task,
      toConsole(task, "printf '\\xff said'; ls -l /proc/self/fd/1 > link"),
    );
    const said: Buffer[] = [];
    stdout.on("data", (chunk: Buffer) => said.push(chunk));
    await other.until("exited", "a");
    await expect.poll(() => Buffer.concat(said).toString("latin1")).toBe("\xff said");
  });

  it("and a file have the same bytes", async () => {
    const task = newTask();
    const { other, stdout } = await consoleOf(task, toConsole(task, "seq 100000", "log"));
    const hash = createHash("sha1");
    let length = 0;
    stdout.on("data", (chunk: Buffer) => {
      hash.update(chunk);
      length += chunk.length;
    });
    await other.until("exited", "a");
    await expect.poll(() => length).toBe(588_895);
    expect(
      createHash("sha1")
        .update(readFileSync(join(task.sandbox, "log")))
        .digest("hex"),
    ).toBe(hash.digest("hex"));
  });

  it("that nobody reads any more stops nothing", async () => {
    const task = newTask();
    const { other, stdout } = await consoleOf(
      task,
      toConsole(task, "echo first; until [ -e go ]; do sleep 0.01; done; seq 100000; exit 3", "log"),
    );
    await other.until("started", "a");
    stdout.destroy();
    writeFileSync(join(task.sandbox, "go"), "");
    expect((await other.until("exited", "a")).exit).toEqual({ exitCode: 3 });
    expect(readFileSync(join(task.sandbox, "log"))).toHaveLength(588_895 + 6);
  });

  it("that takes nothing holds the process up for a while, and not for ever; the file has all, and it is told", async () => {
    const task = newTask();
    const { other } = await consoleOf(task, toConsole(task, "seq 100000; exit 4", "log"));
    expect((await other.until("exited", "a")).exit).toEqual({ exitCode: 4 });
    expect(readFileSync(join(task.sandbox, "log"))).toHaveLength(588_895);
    expect(linesOf(task.directory).filter(({ type }) => type === "problem")).toHaveLength(2);
    expect(other.problems.at(-1)).toContain("left out on the console, which takes nothing");
  });

  it("that takes nothing does not keep a signal from the process", async () => {
    const task = newTask();
    const { other } = await consoleOf(
      task,
      toConsole(task, "trap 'touch termed; exit 5' TERM; while :; do seq 1000; done", "log"),
    );
    await other.until("started", "a");
    await expect
      .poll(() => existsSync(join(task.sandbox, "log")) && readFileSync(join(task.sandbox, "log")).length)
      .toBeGreaterThan(65_536);
    const kept = linesOf(task.directory).find((line) => line.type === "kept");
    if (kept?.type === "kept") process.kill(kept.keeper.pid, "SIGUSR2");
    expect((await other.until("exited", "a")).exit).toEqual({ signal: "SIGKILL" });
  });
});

it("output to nowhere goes nowhere", async () => {
  const task = await keep();
  task.start("a", "readlink /proc/self/fd/1 /proc/self/fd/2 > links", {
    stdout: { console: false },
    stderr: { console: false },
  });
  await task.until("exited", "a");
  expect(readFileSync(join(task.sandbox, "links"), "latin1")).toMatch(/links\n\/dev\/null\n$/);
});
