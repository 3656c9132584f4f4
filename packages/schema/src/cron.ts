import { Cron } from "croner";
import { refuse } from "./refuse.ts";
import { text } from "./values.ts";

interface Field {
  readonly name: string;
  readonly least: number;
  readonly most: number;
  /** What may stand for a number, from `least` on. */
  readonly words?: readonly string[];
}

const MONTHS = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];
const DAYS = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];
const DAY_OF_MONTH = 2;
const DAY_OF_WEEK = 4;
const FIELDS: readonly Field[] = [
  { name: "minute", least: 0, most: 59 },
  { name: "hour", least: 0, most: 23 },
  { name: "day of month", least: 1, most: 31 },
  { name: "month", least: 1, most: 12, words: MONTHS },
  { name: "day of week", least: 0, most: 6, words: DAYS },
];
const COMPONENT = /^(?:\*|(?<from>\w+)(?:-(?<to>\w+))?)(?:\/(?<step>\d+))?$/;

/** The values of one field, or what is wrong with it. */
type Values = { readonly values: ReadonlySet<number> } | { readonly problem: string };

/**
 * What is wrong with a cron schedule, in one sentence; undefined when it is right. The limits are Aurora's: five fields
 * of values, ranges, lists and steps; Sunday is 0; only one of the two fields for days may be restricted.
 */
export function cronProblem(schedule: string): string | undefined {
  const read = readSchedule(schedule);
  if ("problem" in read) return read.problem;
  // A date that no year has, as the 31st of February.
  return nextRuns(schedule, 1, 0).length === 0 ? "never runs: no month named has such a day" : undefined;
}

/** When a schedule runs next after a time, in milliseconds since the Unix epoch. Schedules are in UTC. */
export function nextRuns(schedule: string, count: number, fromMs: number): readonly number[] {
  const read = readSchedule(schedule);
  if ("problem" in read) return [];
  const cron = new Cron(read.canonical, { mode: "5-part", utcOffset: 0 });
  // biome-ignore lint/style/noRestrictedGlobals: a time that is given, not the present one
  return cron.nextRuns(count, new Date(fromMs)).map((run) => run.getTime());
}

export const cronSchedule = text
  .superRefine((value, context) => {
    const message = cronProblem(value);
    if (message !== undefined) refuse(context, { rule: "cron", message, seen: value });
  })
  .meta({ pattern: "^\\S+(?:\\s+\\S+){4}$" });

/** Minutes listed one by one have 169 characters; what is longer is no schedule. */
const LONGEST_FIELD = 200;

function readSchedule(schedule: string): { canonical: string } | { problem: string } {
  if (schedule.startsWith("@")) {
    return { problem: "names like @daily are not known: write five fields, as in 0 0 * * *" };
  }
  const texts = schedule.split(/\s+/);
  if (texts.some(({ length }) => length > LONGEST_FIELD)) return { problem: "is too long for a schedule" };
  if (texts.length !== FIELDS.length || texts.includes("")) {
    return { problem: "must have five fields: minute, hour, day of month, month and day of week" };
  }
  const sets: ReadonlySet<number>[] = [];
  for (const [index, field] of FIELDS.entries()) {
    const read = readField(field, texts[index] ?? "");
    if ("problem" in read) return read;
    sets.push(read.values);
  }
  if (isRestricted(sets, DAY_OF_MONTH) && isRestricted(sets, DAY_OF_WEEK)) {
    return { problem: "can not restrict both day of month and day of week: one of them must be *" };
  }
  const canonical = sets.map((set, index) => (isRestricted(sets, index) ? [...set].join(",") : "*"));
  return { canonical: canonical.join(" ") };
}

function isRestricted(sets: readonly ReadonlySet<number>[], index: number): boolean {
  const { least, most } = FIELDS[index] ?? { least: 0, most: 0 };
  return (sets[index]?.size ?? 0) <= most - least;
}

function readField(field: Field, written: string): Values {
  const values = new Set<number>();
  for (const component of written.split(",")) {
    const read = readComponent(field, component);
    if ("problem" in read) return { problem: `${field.name} "${written}": ${read.problem}` };
    for (const value of read.values) values.add(value);
  }
  return { values };
}

function readComponent(field: Field, component: string): Values {
  const { from, to, step } = COMPONENT.exec(component)?.groups ?? {};
  if (!COMPONENT.test(component)) return { problem: `"${component}" is no value, range or step` };
  if (from !== undefined && to === undefined && step !== undefined) {
    return { problem: `a step needs a range, as in ${from}-${field.most}/${step}` };
  }
  const first = from === undefined ? field.least : numberOf(field, from);
  const last = from === undefined ? field.most : numberOf(field, to ?? from);
  if (first === undefined || last === undefined) {
    return { problem: outOfBounds(field, first === undefined ? from : to) };
  }
  if (first > last) return { problem: `the range ${component} runs backwards` };
  const by = Number(step ?? 1);
  if (by === 0) return { problem: "a step must be at least 1" };
  const values = new Set<number>();
  for (let value = first; value <= last; value += by) values.add(value);
  return { values };
}

/** Undefined for what the field does not have. */
function numberOf({ least, most, words }: Field, written: string): number | undefined {
  const index = words?.indexOf(written.toUpperCase()) ?? -1;
  const number = index < 0 && /^\d+$/.test(written) ? Number(written) : least + index;
  return number >= least && number <= most ? number : undefined;
}

function outOfBounds({ name, least, most, words }: Field, written = ""): string {
  if (name === "day of week" && written === "7") return "7 is not Sunday here: write 0 or SUN";
  const named = words === undefined ? "" : `, or ${words[0]} to ${words[words.length - 1]}`;
  return `"${written}" is not from ${least} to ${most}${named}`;
}
