import { z } from "zod";
import { closest } from "./closest.ts";
import { refuse } from "./refuse.ts";
import { inWords, text } from "./values.ts";

const CRON_POLICIES = ["KILL_EXISTING", "CANCEL_NEW"] as const;
export type CronPolicy = (typeof CRON_POLICIES)[number];

const isPolicy = (word: string): word is CronPolicy => CRON_POLICIES.some((policy) => policy === word);

/** In any case, as Aurora's last releases took it. RUN_OVERLAP passed its client, but never its scheduler. */
export const cronPolicy = text
  .meta({ pattern: `^(?:${CRON_POLICIES.map(inAnyCase).join("|")})$`, examples: CRON_POLICIES })
  .transform((value, context): CronPolicy => {
    const word = value.toUpperCase();
    if (isPolicy(word)) return word;
    const overlap = word === "RUN_OVERLAP";
    refuse(context, {
      rule: "cron",
      message: overlap
        ? `can not be RUN_OVERLAP: Aurora removed it, and its scheduler refuses it; use ${inWords(CRON_POLICIES)}`
        : `must be ${inWords(CRON_POLICIES)}`,
      seen: value,
      allowed: CRON_POLICIES,
      suggestion: overlap ? undefined : closest(value, CRON_POLICIES),
    });
    return z.NEVER;
  });

/** JSON Schema has no pattern that disregards case. */
function inAnyCase(word: string): string {
  return word.replace(/[A-Z]/g, (letter) => `[${letter}${letter.toLowerCase()}]`);
}
