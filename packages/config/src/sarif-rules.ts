import type { ProblemRule } from "@borealis/schema";

interface SarifRuleText {
  readonly id: ProblemRule;
  readonly short: string;
  readonly help: string;
}

const TEXTS: Readonly<Record<ProblemRule, readonly [short: string, help: string]>> = {
  syntax: [
    "The file is not written in its language.",
    "Mend the text at the place shown: JSON, Python or TypeScript by the file's name.",
  ],
  load: [
    "The file, or one that it includes, can not be read or run.",
    "Check that it exists, may be read and ends as its language does; a program must end without an exception.",
  ],
  limit: [
    "The configuration is too large, too deep or takes too long.",
    "Make it smaller; a program may be given more time with --timeout.",
  ],
  "unknown-attribute": [
    "The object has no such attribute.",
    "Correct its spelling or take it out; the documentation lists the attributes of every object.",
  ],
  required: ["An attribute that is needed is missing.", "Add it."],
  type: ["The value is of the wrong type.", "Give a value of the type named in the message."],
  value: ["The value is not one that is allowed.", "Give one within the limits named in the message."],
  name: [
    "The text can not be a name.",
    "Job keys hold letters, digits, '_', '-' and '.'; process names are file names without a leading period.",
  ],
  plan: [
    "The processes can not be run in the order that the constraints ask for.",
    "Name only processes of the task, break circles, and let nothing wait for a daemon.",
  ],
  ports: [
    "The ports of the job do not fit together.",
    "Let every name of the portmap lead to a port; static numbers need a dedicated constraint.",
  ],
  update: [
    "The update settings contradict each other or the job.",
    "Choose numbers that fit the job's instances and its health checks.",
  ],
  cron: [
    "The cron schedule can not be used.",
    "Write five fields: minute, hour, day of month, month, day of week; a service has no schedule.",
  ],
  template: [
    "A template can not be filled in.",
    "Write references without blanks, as in {{profile.role}}, and let none refer to itself.",
  ],
  unbound: [
    "A reference is bound to nothing.",
    "Bind it in the file, give it with --bind name=value, or correct its spelling.",
  ],
  duplicate: ["Two things have the same name.", "Give each a name of its own."],
  job: [
    "The job that was asked for is not there, or the file defines none.",
    "Name a job that the file defines.",
  ],
  notice: ["Worth knowing, and no problem.", "Nothing has to be done."],
};

/** Every rule, in a fixed order: results refer to them by number. */
export const SARIF_RULES: readonly SarifRuleText[] = Object.entries(TEXTS).map(([id, [short, help]]) => ({
  id: id as ProblemRule,
  short,
  help,
}));
