import { appendFileSync, existsSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Clock } from "@borealis/clock";
import { bootId } from "../boot.ts";
import { RunnerError, reasonOf } from "../errors.ts";
import { watchDirectory } from "./directory-watch.ts";
import type { Keeper, KeeperOptions, Launcher, RunNews, StartRequest } from "./keeper.ts";
import { endOrphans } from "./orphans.ts";
import { isAlive } from "./proc.ts";
import { keyOf, type LiveRun, leftBehindSentence, RunLedger } from "./run-ledger.ts";
import { formatLine, parseLine } from "./runs-line.ts";
import { RunsLog } from "./runs-log.ts";

const LOCK_DEADLINE_MS = 5_000;
const LOCK_POLL_MS = 20;

/**
 * Takes the task over from whoever had it: tells how all its runs stand, and ends what those have left behind that
 * nobody keeps any more.
 * @throws RunnerError TASK_BUSY, LAUNCHER
 */
export async function keepTask(options: KeeperOptions): Promise<Keeper> {
  const directory = resolve(options.directory);
  await lockTask(directory, options.launcher, options.clock);
  const keeper = new TaskKeeper({ ...options, directory });
  await keeper.open();
  return keeper;
}

/** Not at once: the launcher of an executor that was killed is gone a moment later. */
async function lockTask(directory: string, launcher: Launcher, clock: Clock): Promise<void> {
  for (const givenUpAt = clock.now() + LOCK_DEADLINE_MS; ; await clock.sleep(LOCK_POLL_MS)) {
    if ((await launcher.lock(directory)) === "locked") return;
    if (clock.now() >= givenUpAt)
      throw new RunnerError("TASK_BUSY", `another executor has the task of ${directory}`);
  }
}

/** Everything that is told comes from `runs`, by way of the ledger: what we find out ourselves is written there too. */
class TaskKeeper implements Keeper {
  readonly #options: KeeperOptions;
  readonly #log: RunsLog;
  readonly #ledger = new RunLedger();
  readonly #bootId = bootId();
  readonly #signals = new Map<string, ("SIGTERM" | "SIGKILL")[]>();
  /** Runs whose end the launcher is going to tell: nobody need look whether their keepers live. */
  readonly #expected = new Set<string>();
  #toLaunch: StartRequest[] = [];
  #locked = true;
  #closed = false;
  #killRequested = false;
  #sweeping: Promise<void> | undefined;
  #stopWatching = () => {};

  constructor(options: KeeperOptions) {
    this.#options = options;
    this.#log = new RunsLog(join(options.directory, "runs"), options.onProblem);
  }

  async open(): Promise<void> {
    const { directory, launcher, clock, onProblem } = this.#options;
    launcher.follow(directory, {
      onEnded: (process, run) => {
        this.#expected.delete(keyOf(process, run));
        this.#look();
      },
      onDeath: () => void this.#relock(),
    });
    this.#stopWatching = watchDirectory({
      directory,
      clock,
      onProblem,
      onChange: (name) => {
        if (name === undefined || name === "runs") this.#read();
        if (name === undefined || name === "kill") this.#lookForKillRequest();
        if (name === undefined) this.#look();
      },
    });
    this.#read();
    this.#lookForKillRequest();
    await this.#sweep();
  }

  launched(process: string, run: number): boolean {
    return this.#ledger.launched(process, run);
  }

  start(request: StartRequest): void {
    const { process, run } = request;
    if (this.#closed || this.launched(process, run)) {
      this.#options.onProblem(
        `run ${run} of ${process} is not started: ${this.#closed ? "closed" : "it was"}`,
      );
      return;
    }
    this.#ledger.announce(process, run);
    this.#expected.add(keyOf(process, run));
    this.#toLaunch.push(request);
    this.#launch();
  }

  signal(process: string, run: number, signal: "SIGTERM" | "SIGKILL"): void {
    const live = this.#ledger.find(process, run);
    if (live === undefined || this.#closed) return;
    const key = keyOf(process, run);
    this.#signals.set(key, [...(this.#signals.get(key) ?? []), signal]);
    this.#passSignals(live);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#stopWatching();
    this.#options.launcher.release(this.#options.directory);
    this.#log.close();
  }

  #launch(): void {
    if (!this.#locked) return;
    const { launcher, directory } = this.#options;
    const requests = this.#toLaunch;
    this.#toLaunch = [];
    for (const request of requests) {
      try {
        launcher.launch(directory, request);
      } catch (error) {
        const live = this.#ledger.find(request.process, request.run);
        if (live !== undefined) this.#write("startFailed", live, [reasonOf(error)]);
      }
    }
  }

  /** The locks have died with the launcher. Who gets one knows that every keeper has written its first line. */
  async #relock(): Promise<void> {
    if (this.#closed || !this.#locked) return;
    this.#locked = false;
    const asked = this.#ledger.live;
    this.#options.onProblem("the launcher of keepers has ended, another one is started");
    while (!(await this.#tryLock())) if (this.#closed) return;
    this.#locked = true;
    for (const { process, run } of asked) this.#expected.delete(keyOf(process, run));
    this.#launch();
    this.#look();
  }

  async #tryLock(): Promise<boolean> {
    const { directory, launcher, clock, onProblem } = this.#options;
    try {
      await lockTask(directory, launcher, clock);
      if (this.#closed) launcher.release(directory);
      return !this.#closed;
    } catch (error) {
      if (error instanceof RunnerError && error.code === "TASK_BUSY") {
        this.close();
        this.#options.onTaken();
        return false;
      }
      onProblem(reasonOf(error));
      await clock.sleep(LOCK_DEADLINE_MS);
      return false;
    }
  }

  #read(): void {
    if (this.#closed) return;
    for (const line of this.#log.read()) {
      if (line.type === "problem")
        this.#options.onProblem(`${line.process}, run ${line.run}: ${line.reason}`);
      this.#tell(this.#ledger.take(line));
      const live = this.#ledger.find(line.process, line.run);
      if (live !== undefined) this.#passSignals(live);
      if (this.#closed) return;
    }
  }

  #tell(news: RunNews | undefined): void {
    if (news === undefined) return;
    const key = keyOf(news.process, news.run);
    if (news.type !== "started") {
      this.#signals.delete(key);
      this.#expected.delete(key);
    }
    this.#options.onNews(news);
  }

  #passSignals({ process, run, keeper }: LiveRun): void {
    const key = keyOf(process, run);
    const signals = this.#signals.get(key);
    if (signals === undefined || keeper === undefined || !isAlive(keeper)) return;
    for (const signal of signals) {
      signalKeeper(keeper.pid, signal === "SIGTERM" ? "SIGUSR1" : "SIGUSR2");
    }
    this.#signals.delete(key);
  }

  #look(): void {
    if (this.#closed) return;
    this.#read();
    if (this.#abandoned().length > 0) void this.#sweep();
  }

  #abandoned(): readonly LiveRun[] {
    return this.#ledger.live.filter(
      ({ process, run, keeper, bootId }) =>
        !this.#expected.has(keyOf(process, run)) &&
        (keeper === undefined || bootId !== this.#bootId || !isAlive(keeper)),
    );
  }

  /** Ends what keepers that are dead have left, and writes down what they can not. One at a time. */
  async #sweep(): Promise<void> {
    // What is wrong with another's is told by whoever began it.
    while (this.#sweeping !== undefined) await this.#sweeping.catch(() => {});
    this.#sweeping = this.#endAbandoned();
    try {
      await this.#sweeping;
    } catch (error) {
      this.#options.onProblem(`what dead keepers have left could not be ended: ${reasonOf(error)}`);
    } finally {
      this.#sweeping = undefined;
    }
  }

  async #endAbandoned(): Promise<void> {
    const { sandbox, clock } = this.#options;
    const suspects = this.#abandoned();
    // A keeper writes its last line before it ends.
    this.#read();
    const abandoned = suspects.flatMap(({ process, run }) => this.#ledger.find(process, run) ?? []);
    if (abandoned.length === 0) return;
    const ofThisBoot = abandoned.filter(({ bootId }) => bootId === this.#bootId);
    const left =
      ofThisBoot.length === 0
        ? []
        : await endOrphans({
            commands: ofThisBoot.flatMap(({ command }) => command ?? []),
            marker: `HOME=${sandbox}`,
            keepers: () => this.#livingKeepers(),
            clock,
          });
    if (this.#closed) return;
    for (const run of abandoned) this.#writeEnd(run, left);
  }

  #livingKeepers() {
    this.#read();
    return this.#ledger.live.flatMap(({ keeper }) => (keeper !== undefined && isAlive(keeper) ? keeper : []));
  }

  #writeEnd(live: LiveRun, left: readonly number[]): void {
    if (live.exited !== undefined) return this.#write("gone", live, left.map(String));
    const reason = live.keeper === undefined ? "its keeper never came to be" : this.#whyLost(live);
    this.#write("lost", live, [left.length === 0 ? reason : `${reason}; ${leftBehindSentence(left)}`]);
  }

  #whyLost({ bootId }: LiveRun): string {
    return bootId === this.#bootId ? "its keeper was killed" : "the host was restarted";
  }

  #write(type: "gone" | "lost" | "startFailed", live: LiveRun, facts: readonly string[]): void {
    const { process, run } = live;
    const at = this.#options.clock.wallTime();
    const line = formatLine(type, { process, run, at }, facts);
    try {
      appendFileSync(join(this.#options.directory, "runs"), line, { mode: 0o644 });
      this.#read();
    } catch (error) {
      this.#options.onProblem(`can not be written down: ${type} ${process} ${run} (${reasonOf(error)})`);
      const told = parseLine(Buffer.from(line.slice(1, -1)));
      if (told !== undefined) this.#tell(this.#ledger.take(told));
    }
  }

  #lookForKillRequest(): void {
    if (this.#killRequested || this.#closed || !existsSync(join(this.#options.directory, "kill"))) return;
    this.#killRequested = true;
    this.#options.onKillRequest();
  }
}

/** The first word of each wins: it can be dead since we looked. */
function signalKeeper(pid: number, signal: "SIGUSR1" | "SIGUSR2"): void {
  try {
    process.kill(pid, signal);
    // One that was stopped would never take notice.
    process.kill(pid, "SIGCONT");
  } catch {
    // It is found out by the next look.
  }
}
