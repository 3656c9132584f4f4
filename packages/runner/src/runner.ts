import { mkdir } from "node:fs/promises";
import type { Clock } from "@borealis/clock";
import { openLauncher } from "./keeper/launcher.ts";
import { openResourceHost } from "./resources/resource-host.ts";
import { hostSentences } from "./resources/resource-report.ts";
import type { RunnerContext } from "./task/task-spec.ts";

const SAMPLE_MS = 15_000;

export interface RunnerOptions {
  readonly stateDirectory: string;
  readonly clock: Clock;
  /** Hold tasks to their `resources` where this host can; otherwise what they use is only told. */
  readonly enforceResources?: boolean;
  /** How often it is looked what tasks use, at most; default: 15 s. */
  readonly sampleMs?: number;
  /** Sentences for the log that are no single task's. */
  readonly onProblem: (problem: string) => void;
}

export interface Runner {
  readonly context: RunnerContext;
  /** What this host does not let us do, in sentences: to be told at start. */
  readonly notices: readonly string[];
  /** What runs goes on. */
  close(): Promise<void>;
}

/** What all tasks of one executor share: what starts their keepers, and what their host can be asked for. */
export async function openRunner(options: RunnerOptions): Promise<Runner> {
  const { stateDirectory, clock, onProblem, enforceResources = false, sampleMs = SAMPLE_MS } = options;
  // Everybody's processes pass through it on the way to their sandboxes, whoever made it first.
  await mkdir(stateDirectory, { recursive: true, mode: 0o755 }).catch(() => {});
  const launcher = openLauncher({ clock, onProblem });
  const resources = await openResourceHost({ clock, enforce: enforceResources });
  return {
    context: { stateDirectory, clock, launcher, resources, sampleMs },
    notices: hostSentences(resources),
    close: () => launcher.close(),
  };
}
