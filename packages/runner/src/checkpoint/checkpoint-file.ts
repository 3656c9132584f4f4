import { join } from "node:path";
import type { Clock } from "@borealis/clock";
import type { TaskMachine } from "../core/task.ts";
import { reasonOf } from "../errors.ts";
import { AppendFile, readBounded } from "./append-file.ts";
import type { TaskHeader, TaskRecord } from "./checkpoint.ts";
import { CheckpointError } from "./checkpoint-error.ts";
import { type CheckpointContents, headerLine, parseCheckpoint, recordLine } from "./checkpoint-lines.ts";

const REPLACE_AT_BYTES = 1024 ** 2;
const MAX_READ_BYTES = 64 * 1024 ** 2;
const MAX_PENDING = 1000;
const RETRY_MS = 1000;

export interface CheckpointOptions {
  /** A file that has grown over this is replaced by one with a snapshot. */
  readonly replaceAtBytes?: number;
  /** Records kept in memory while the disk takes none. */
  readonly maxPending?: number;
}

/** Whom a checkpoint belongs to while it is written. */
export interface CheckpointOwner {
  readonly clock: Clock;
  /** The machine after everything appended so far. While `append` runs: without what is being appended. */
  readonly snapshotNow: () => TaskMachine;
  readonly onProblem: (problem: string) => void;
  readonly onRecovered: () => void;
}

/**
 * The memory of one task: what happened to it is in here before anything is done about it.
 *
 *   WRITING ──── the disk takes no more ────► HOLDING  records wait in memory, in order; when they are too many, one
 *      ▲                                         │     snapshot takes their place; tried again with each new one and
 *      └──────── all of it is written ───────────┘     every second
 *
 * A task goes on without a disk: stopping what runs because nobody can note it would be the greater harm.
 */
export class Checkpoint {
  readonly #file: string;
  readonly #header: TaskHeader;
  readonly #replaceAtBytes: number;
  readonly #maxPending: number;
  #appender: AppendFile;
  #replaceAt: number;
  #pending: TaskRecord[] = [];
  #lastAt: number;
  #executor: TaskRecord | undefined;
  #owner: CheckpointOwner | undefined;
  #problem: string | undefined;
  #cancelRetry = () => {};
  #closed = false;

  private constructor(file: string, header: TaskHeader, appender: AppendFile, options: CheckpointOptions) {
    this.#file = file;
    this.#header = header;
    this.#appender = appender;
    this.#replaceAtBytes = options.replaceAtBytes ?? REPLACE_AT_BYTES;
    this.#maxPending = options.maxPending ?? MAX_PENDING;
    this.#replaceAt = this.#replaceAtBytes;
    this.#lastAt = header.startedAt;
  }

  /** @throws CheckpointError when there is one, or none can be made. */
  static create(directory: string, header: TaskHeader, options: CheckpointOptions = {}): Checkpoint {
    const file = checkpointPath(directory);
    try {
      return new Checkpoint(file, header, AppendFile.create(file, headerLine(header)), options);
    } catch (cause) {
      const what =
        reasonOf(cause) === "EEXIST" ? "there is one already" : `can not be made (${reasonOf(cause)})`;
      throw new CheckpointError("UNREADABLE", file, what, { cause });
    }
  }

  /**
   * For whoever goes on with the task: a torn end does not count, and is cut off by the first `append`.
   * Whoever opens it has locked the task before: nobody else writes to it.
   *
   * @throws CheckpointError and leaves it as it was when it is not ours, not `taskId`'s, or damaged.
   */
  static open(
    directory: string,
    taskId: string,
    options: CheckpointOptions = {},
  ): CheckpointContents & { readonly checkpoint: Checkpoint } {
    const file = checkpointPath(directory);
    const { contents, bytes } = read(file);
    const { header, records, torn } = contents;
    if (header.taskId !== taskId) {
      throw new CheckpointError("FOREIGN", file, `it is of task "${header.taskId}", not "${taskId}"`, {
        line: 1,
      });
    }
    try {
      const checkpoint = new Checkpoint(file, header, AppendFile.open(file, bytes - torn), options);
      for (const record of records) checkpoint.#remember(record);
      return { ...contents, checkpoint };
    } catch (cause) {
      throw new CheckpointError("UNREADABLE", file, `can not be written (${reasonOf(cause)})`, { cause });
    }
  }

  /** Until then it grows without bounds, and what goes wrong is in `problem` only. */
  attach(owner: CheckpointOwner): void {
    this.#owner = owner;
    if (this.#problem !== undefined) owner.onProblem(this.#problem);
    if (this.#pending.length > 0) this.#retryLater();
  }

  /** Why it is not written at the moment. */
  get problem(): string | undefined {
    return this.#problem;
  }

  /** The time of the latest record. */
  get lastAt(): number {
    return this.#lastAt;
  }

  /** On the disk when it returns, or kept until the disk takes it; then `problem` says so. Never throws. */
  append(record: TaskRecord): void {
    if (this.#closed) throw new Error("nothing is appended to a checkpoint that was closed");
    if (this.#appender.bytes > this.#replaceAt) this.#replace();
    if (this.#pending.length >= this.#maxPending) this.#pending = this.#condensed() ?? this.#pending;
    this.#remember(record);
    this.#pending.push(record);
    this.#flush();
  }

  /** Tries once more to write what is kept. */
  close(): void {
    if (this.#closed) return;
    if (this.#pending.length > 0) this.#flush();
    this.#closed = true;
    this.#cancelRetry();
    this.#appender.close();
  }

  #remember(record: TaskRecord): void {
    this.#lastAt = Math.max(this.#lastAt, record.at);
    if ("executor" in record) this.#executor = record;
  }

  #flush(): void {
    try {
      for (let next = this.#pending[0]; next !== undefined; next = this.#pending[0]) {
        this.#appender.append(recordLine(next));
        this.#pending.shift();
      }
      this.#recovered();
    } catch (error) {
      this.#failed(error);
    }
  }

  /** Everything up to now in two records: whose it is must not be forgotten. */
  #condensed(): TaskRecord[] | undefined {
    if (this.#owner === undefined) return undefined;
    const snapshot = { at: this.#lastAt, snapshot: this.#owner.snapshotNow() };
    return this.#executor === undefined ? [snapshot] : [snapshot, this.#executor];
  }

  /** Whoever reads at any moment finds the old file or the new one. */
  #replace(): void {
    const records = this.#condensed();
    if (records === undefined) return;
    try {
      const lines = [headerLine(this.#header), ...records.map(recordLine)];
      const next = AppendFile.replace(this.#file, Buffer.concat(lines));
      this.#appender.close();
      this.#appender = next;
      this.#pending = [];
      // A snapshot that is large itself would be written with every record.
      this.#replaceAt = Math.max(this.#replaceAtBytes, 2 * next.bytes);
    } catch {
      // The long file is as good. A full disk is told of by whatever is appended next.
      this.#replaceAt = this.#appender.bytes + this.#replaceAtBytes / 4;
    }
  }

  #failed(error: unknown): void {
    const loss = "what happens to the task now is forgotten when this executor is killed";
    const problem = `${this.#file} can not be written (${reasonOf(error)}): ${loss}`;
    if (problem !== this.#problem) this.#owner?.onProblem(problem);
    this.#problem = problem;
    this.#retryLater();
  }

  #recovered(): void {
    this.#cancelRetry();
    if (this.#problem === undefined) return;
    this.#problem = undefined;
    this.#owner?.onRecovered();
  }

  #retryLater(): void {
    this.#cancelRetry();
    this.#cancelRetry = this.#owner?.clock.after(RETRY_MS, () => this.#flush()) ?? (() => {});
  }
}

/**
 * For those who only look: whoever writes it is not disturbed, and may be at it.
 *
 * @throws CheckpointError
 */
export function readCheckpoint(directory: string): CheckpointContents {
  return read(checkpointPath(directory)).contents;
}

export function checkpointPath(directory: string): string {
  return join(directory, "checkpoint");
}

function read(file: string): { readonly contents: CheckpointContents; readonly bytes: number } {
  const bytes = readOrThrow(file);
  return { contents: parseCheckpoint(bytes, file), bytes: bytes.length };
}

function readOrThrow(file: string): Buffer {
  try {
    return readBounded(file, MAX_READ_BYTES);
  } catch (cause) {
    throw new CheckpointError("UNREADABLE", file, `can not be read (${reasonOf(cause)})`, { cause });
  }
}
