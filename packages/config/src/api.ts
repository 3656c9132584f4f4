import type { Job, Problem, Task } from "@borealis/schema";
import type { Place, StructNode } from "./template/node.ts";

/** `--bind name=value`: the address a reference would use, and the text it stands for. */
export interface Bind {
  readonly address: string;
  readonly value: string;
}

export interface LoadOptions {
  /** Laid over every job, after the bindings that the file itself made. Later ones win. */
  readonly binds?: readonly Bind[];
  /** Files may be included and opened from this directory and below. Default: the configuration's own. */
  readonly includeRoot?: string;
  /** How long a configuration that is a program may run, in milliseconds. Default 10,000. */
  readonly timeoutMs?: number;
  /** Memory for it, in bytes. Default 512 MB. */
  readonly memoryBytes?: number;
  readonly signal?: AbortSignal;
  /** Environment variables that a program can read. Default: those of this process, without `BOREALIS_*`. */
  readonly environment?: Readonly<Record<string, string>>;
}

/** `script`: TypeScript or JavaScript. */
export type ConfigKind = "aurora" | "thermos" | "script" | "json";

/** What a loader makes of a file: trees whose templates are not filled in yet. */
export interface LoadedTrees {
  readonly jobs: readonly StructNode[];
  /** What a `.thermos` file exported. */
  readonly tasks: readonly StructNode[];
  /** What is worth saying and is no problem: hooks that are ignored, text the configuration printed. */
  readonly notices: readonly Problem[];
  /**
   * What is wrong and was left out of the trees, so that the rest can be checked too. With a path it is one job's
   * problem; without, as a program has it, the file's.
   */
  readonly flaws?: readonly Problem[];
  /** The file is one job itself, so that paths start at the job. */
  readonly single?: boolean;
}

/** Why a file could not be read as a whole. */
export interface Unreadable {
  readonly problems: readonly Problem[];
}

export type Loader = (file: string, options: LoadOptions) => Promise<LoadedTrees | Unreadable>;

/** A job of a configuration with its templates filled in, and what is wrong with it. */
export interface LoadedJob {
  /** Its place among the file's jobs, as paths have it: `jobs[2]`, or empty for a JSON file that is one job. */
  readonly path: string;
  /** `cluster/role/environment/name`, with what could not be filled in left as it stands. */
  readonly key: string;
  /** With all defaults; undefined when there are problems. */
  readonly job: Job | undefined;
  readonly problems: readonly Problem[];
  readonly warnings: readonly Problem[];
  /** The tree with its templates filled in; late references are left in place. */
  readonly tree: StructNode;
  /** Port names that someone has to give a number, sorted. */
  readonly ports: readonly string[];
  /** References that only the host can fill in, as `mesos.instance`, sorted. */
  readonly lateReferences: readonly string[];
}

export interface LoadedTask {
  readonly path: string;
  readonly task: Task | undefined;
  readonly problems: readonly Problem[];
  readonly tree: StructNode;
  readonly lateReferences: readonly string[];
}

export interface LoadedConfig {
  readonly file: string;
  readonly kind: ConfigKind;
  readonly jobs: readonly LoadedJob[];
  readonly tasks: readonly LoadedTask[];
  readonly notices: readonly Problem[];
}

/** Either the file could be read as a whole (its jobs may have problems of their own), or this is why not. */
export type LoadResult =
  | { readonly config: LoadedConfig; readonly problems?: undefined; readonly notices?: undefined }
  | {
      readonly problems: readonly Problem[];
      readonly notices: readonly Problem[];
      readonly config?: undefined;
    };

export type { Place };
