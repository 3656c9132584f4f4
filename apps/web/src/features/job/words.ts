import type { AnnounceState, HealthState } from "@borealis/schema";
import type { ShownState } from "../jobs/model/shown-state.ts";
import type { Tone } from "../jobs/model/tone.ts";

interface Word {
  readonly word: string;
  readonly tone: Tone;
}

/** The one place where the records' states become English. A state without a word does not compile. */
export const HEALTH_WORDS: Readonly<Record<HealthState, Word>> = {
  healthy: { word: "healthy", tone: "good" },
  failing: { word: "failing", tone: "bad" },
  grace: { word: "in grace", tone: "moving" },
  disabled: { word: "not checked", tone: "ended" },
};

export const ANNOUNCE_WORDS: Readonly<Record<AnnounceState, Word>> = {
  announced: { word: "announced", tone: "good" },
  waiting: { word: "waiting for the first passed check", tone: "moving" },
  joining: { word: "joining", tone: "moving" },
  withdrawn: { word: "withdrawn", tone: "ended" },
  disabled: { word: "not announced by this job", tone: "ended" },
};

/** Task states are printed as Aurora and Thermos print them: people search logs for them. */
export const TASK_TONES: Readonly<Record<ShownState, Tone>> = {
  ACTIVE: "good",
  THROTTLED: "throttled",
  CLEANING: "attention",
  FINALIZING: "attention",
  SUCCESS: "ended",
  KILLED: "ended",
  FAILED: "bad",
  LOST: "bad",
};
