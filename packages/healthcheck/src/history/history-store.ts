import { mkdirSync } from "node:fs";
import type { Clock } from "@borealis/clock";
import type { History, Page, RecordedResult, Transition } from "./history.ts";
import { type Found, type Lock, readHistory, takeLock } from "./history-directory.ts";
import { EntryWriter } from "./history-entry-writer.ts";
import { HistoryFile } from "./history-file.ts";
import { type HistoryLimits, HistoryMemory } from "./history-memory.ts";

export interface HistoryOptions {
  /** Made when it is not there. It belongs to the history alone. */
  readonly directory: string;
  readonly clock: Clock;
  readonly limits?: Partial<HistoryLimits>;
  /** In sentences. Each trouble is told once, and once when it is over. */
  readonly onProblem: (text: string) => void;
}

const DEFAULT_LIMITS: HistoryLimits = {
  results: 120,
  transitions: 500,
  bytes: 64 * 1024 * 1024,
  ageMs: 14 * 24 * 60 * 60 * 1000,
};
/** At most a second may be lost; this leaves half of it to a slow disk. */
const WRITE_MS = 500;
/** Between two slices of what a new file has not yet. */
const SLICE_MS = 20;
const RETRY_MS = 5_000;

/**
 * Never throws: a directory that can not be used is told, and the history is in memory until it can be.
 *
 *   detached ──locked and read──► writing ◄──► failing        whatever ──close──► closed
 *      └─ another process has it, or there is no such directory: tried again every 5 s
 */
export function openHistory(options: HistoryOptions): History {
  return new HistoryStore(options);
}

class HistoryStore implements History {
  readonly #options: HistoryOptions;
  readonly #limits: HistoryLimits;
  #memory: HistoryMemory;
  #writer: EntryWriter;
  #lock: Lock | undefined;
  #found: Found | undefined;
  /** Undefined: detached. */
  #file: HistoryFile | undefined;
  #cancel: (() => void) | undefined;
  #writing = false;
  /** So much waits that it is written at once. */
  #hurried = false;
  #closed = false;
  /** It was told that it can not be written. */
  #troubled = false;
  /** Records that waited for so long that they were given up. */
  #givenUp = 0;

  constructor(options: HistoryOptions) {
    this.#options = options;
    this.#limits = { ...DEFAULT_LIMITS, ...options.limits };
    this.#memory = this.#newMemory();
    this.#writer = new EntryWriter(this.#memory);
    this.#step(() => this.#attach());
    if (this.#troubled) this.#arm(RETRY_MS);
  }

  result(check: string, result: RecordedResult): void {
    if (this.#closed) return;
    const [history, record, detail] = this.#memory.addResult(check, result);
    if (this.#file === undefined) return;
    this.#writer.result(history, record, detail);
    this.#added();
  }

  transition(check: string, transition: Transition): void {
    if (this.#closed) return;
    const [history, record, detail] = this.#memory.addTransition(check, transition);
    if (this.#file === undefined) return;
    this.#writer.transition(history, record, detail);
    this.#added();
  }

  results(check: string, page: Page): readonly RecordedResult[] {
    return this.#memory.results(check, page, this.#options.clock.wallTime());
  }

  transitions(check: string, page: Page): readonly Transition[] {
    return this.#memory.transitions(check, page, this.#options.clock.wallTime());
  }

  checks(): readonly string[] {
    return this.#memory.names(this.#options.clock.wallTime());
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#cancel?.();
    this.#step(() => (this.#file === undefined ? this.#attach() : this.#file.close()));
    if (!this.#writing) this.#file?.release();
    this.#lock?.release();
  }

  #added(): void {
    const most = this.#limits.bytes / 32;
    if (this.#writer.waiting > most) {
      // Of what was written at one go nothing is told: the disk had no chance yet.
      if (this.#writing) this.#failed(new Error("the disk is slower than what is to be written"));
      if (this.#troubled) this.#givenUp += this.#writer.records;
      this.#writer.startOver();
    }
    if (this.#writing || this.#troubled) return;
    if (this.#cancel === undefined) this.#arm(WRITE_MS);
    else if (this.#writer.waiting > most / 2 && !this.#hurried) {
      this.#hurried = true;
      this.#cancel();
      this.#arm(0);
    }
  }

  #arm(delayMs: number): void {
    this.#cancel = this.#options.clock.after(delayMs, () => {
      this.#cancel = undefined;
      this.#hurried = false;
      void this.#write();
    });
  }

  async #write(): Promise<void> {
    if (this.#file === undefined && !this.#step(() => this.#attach())) return this.#arm(RETRY_MS);
    const file = this.#file;
    if (file === undefined) return;
    this.#writing = true;
    try {
      await file.write();
      if (!this.#closed) this.#healed();
    } catch (error) {
      if (!this.#closed) this.#failed(error);
    }
    this.#writing = false;
    if (this.#closed) file.release();
    else if (this.#troubled) this.#arm(RETRY_MS);
    else if (file.unfinished || !this.#writer.complete) this.#arm(SLICE_MS);
    else if (this.#writer.waiting > 0) this.#arm(WRITE_MS);
  }

  /** @throws when it can not be attached, or what is remembered not be written down; the latter goes on in `#write`. */
  #attach(): void {
    const { directory, clock, onProblem } = this.#options;
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    const lock = this.#tryLock();
    if (this.#found === undefined) {
      const memory = this.#newMemory();
      this.#found = readHistory(directory, memory, onProblem);
      takeOver(this.#memory, memory);
      this.#memory = memory;
    }
    if (lock instanceof Error) throw lock;
    this.#lock = lock;
    const memory = this.#memory;
    const writer = new EntryWriter(memory);
    this.#writer = writer;
    this.#file = new HistoryFile({
      directory,
      limit: this.#limits.bytes,
      writer,
      memorySize: () => memory.byteLength,
      onNewFile: () => memory.prune(clock.wallTime()),
      old: this.#found.files,
      nextNumber: this.#found.nextNumber,
    });
    this.#file.begin();
  }

  /** An error: what is there may be read, and not be written. @throws when not even that. */
  #tryLock(): Lock | Error {
    const { directory } = this.#options;
    let lock: Lock | undefined;
    try {
      lock = takeLock(directory);
    } catch (error) {
      return error as Error;
    }
    if (lock === undefined) throw new Error("another process writes it");
    return lock;
  }

  #newMemory(): HistoryMemory {
    return new HistoryMemory(this.#limits, (results, transitions) => {
      const megabytes = Math.round(this.#limits.bytes / 1024 / 1024);
      this.#options.onProblem(
        `There are too many health checks to remember ${this.#limits.results} results and ${this.#limits.transitions} transitions of each in ${megabytes} MB; it is ${results} and ${transitions} from now on`,
      );
    });
  }

  /** What fails is told, not thrown. */
  #step(task: () => void): boolean {
    try {
      task();
      return true;
    } catch (error) {
      this.#failed(error);
      return this.#file !== undefined;
    }
  }

  #failed(error: unknown): void {
    if (this.#troubled) return;
    this.#troubled = true;
    const { directory, onProblem } = this.#options;
    onProblem(
      `The history of health checks in ${directory} can not be written: ${(error as Error).message}. Checks go on, and it is kept in memory and tried again every ${RETRY_MS / 1000} s`,
    );
  }

  #healed(): void {
    if (!this.#troubled) return;
    this.#troubled = false;
    const waited =
      this.#givenUp === 0
        ? ""
        : `; ${this.#givenUp} records waited for too long, and those that are still remembered are written now`;
    this.#givenUp = 0;
    this.#options.onProblem(
      `The history of health checks in ${this.#options.directory} is written again${waited}`,
    );
  }
}

/** What was remembered before the files could be read is newer than what is in them. */
function takeOver(from: HistoryMemory, to: HistoryMemory): void {
  for (const { name, results, transitions } of from.all()) {
    const check = to.check(name);
    for (const [source, target] of [
      [results, check.results],
      [transitions, check.transitions],
    ] as const) {
      for (let index = 0; index < source.length; index++) {
        const detail = source.detail(index);
        to.add(check, target, source.bytes, source.offset(index), detail?.reason, detail?.output);
      }
    }
  }
}
