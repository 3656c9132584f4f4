import {
  checkReportSchema,
  checkResultSchema,
  checkTransitionSchema,
  type SnoozeRequest,
  snoozeRequestSchema,
} from "@borealis/schema";
import { EXIT } from "./exit-codes.ts";
import { CliError, describeFailure } from "./fail.ts";
import { type ApiRequest, askExecutor } from "./health-api.ts";
import type { ChangeOptions, HealthOptions, HistoryOptions, SnoozeOptions } from "./health-command.ts";
import { executorOf, executorsOf } from "./health-executors.ts";
import { type HealthTarget, readInstance, readTarget } from "./health-target.ts";
import { checkTable, note, resultTable, transitionTable } from "./health-text.ts";
import { readToken } from "./health-token.ts";
import { expectOwner } from "./listener-owner.ts";

const reportsSchema = checkReportSchema.array();

export async function ls(text: string | undefined, options: HealthOptions): Promise<void> {
  const target = text === undefined ? undefined : readTarget(text);
  const executors = await executorsOf(target, options);
  const path = target?.kind === "instance" ? target.name.split("/") : [];
  const asked = executors.map((each) =>
    askExecutor(each, { method: "GET", path }, reportsSchema, options.timeout),
  );
  const answers = await Promise.allSettled(asked);
  const failures = answers.flatMap((answer) => (answer.status === "rejected" ? [answer.reason] : []));
  // One that does not answer does not hide the others.
  if (failures.length > 0 && failures.length === answers.length) throw failures[0];
  const all = answers.flatMap((answer) => (answer.status === "fulfilled" ? answer.value : []));
  const checks = all.filter(({ instance }) => isMeant(instance, target));
  show(options, checks, checkTable);
  if (checks.length === 0) {
    note(`no health checks${target === undefined ? "" : ` of ${target.name}`}`);
    if (target !== undefined) process.exitCode = EXIT.negative;
  }
  for (const { message, exitCode } of failures.map(describeFailure)) {
    note(message);
    process.exitCode = exitCode;
  }
}

function isMeant(instance: string, target: HealthTarget | undefined): boolean {
  if (target === undefined) return true;
  return target.kind === "instance" ? instance === target.name : instance.startsWith(`${target.name}/`);
}

export async function history(text: string, options: HistoryOptions): Promise<void> {
  const target = readInstance(text);
  const executor = await executorOf(target, options);
  const base = target.name.split("/");
  const limit = String(options.limit);
  const get = (...more: string[]): ApiRequest => ({
    method: "GET",
    path: [...base, ...more],
    query: more.length > 0 ? { limit } : {},
  });
  const checks =
    options.check === undefined
      ? (await askExecutor(executor, get(), reportsSchema, options.timeout)).map(({ name }) => name)
      : [options.check];
  /** Of all checks in one list, the newest first. */
  const merged = async <T extends { at: number }>(what: string, shape: { array(): Shape<T[]> }) => {
    const lists = checks.map(async (check) => {
      const found = await askExecutor(executor, get(check, what), shape.array(), options.timeout);
      return found.map((each) => ({ check, ...each }));
    });
    const all = (await Promise.all(lists)).flat();
    return all.sort((one, other) => other.at - one.at).slice(0, options.limit);
  };
  if (options.transitions === true)
    show(options, await merged("transitions", checkTransitionSchema), transitionTable);
  else show(options, await merged("results", checkResultSchema), resultTable);
}

type Shape<T> = Parameters<typeof askExecutor<T>>[2];

export async function snooze(text: string, options: SnoozeOptions): Promise<void> {
  const { author, reason, check } = options;
  const read = snoozeRequestSchema.safeParse({
    seconds: options.for,
    author,
    reason,
    ...(check === undefined ? {} : { check }),
    pause: options.pause ?? false,
  } satisfies SnoozeRequest);
  const [issue] = read.error?.issues ?? [];
  if (issue !== undefined) {
    const [name = ""] = issue.path;
    throw new CliError(`--${name === "seconds" ? "for" : String(name)} ${issue.message}`, EXIT.usage);
  }
  await change(text, { method: "PUT", body: read.data }, options);
}

export async function unsnooze(text: string, options: ChangeOptions): Promise<void> {
  const { author, check } = options;
  await change(text, { method: "DELETE", query: { author, check } }, options);
}

async function change(text: string, what: Omit<ApiRequest, "path">, options: ChangeOptions): Promise<void> {
  const target = readInstance(text);
  const { token, path: tokenPath } = await readToken(options.stateDir);
  const executor = await executorOf(target, options);
  const path = [...target.name.split("/"), "snooze"];
  await expectOwner(executor, tokenPath);
  const checks = await askExecutor(executor, { ...what, path, token }, reportsSchema, options.timeout);
  if (checks.length > 0) return show(options, checks, checkTable);
  note(
    `${target.name} was not snoozed; a file .healthchecksnooze in its sandbox holds it until it is removed`,
  );
  process.exitCode = EXIT.negative;
}

/** What is found, as a table, as one JSON value, or as one a line. */
function show<T>(
  { output }: HealthOptions,
  found: readonly T[],
  table: (found: readonly T[]) => string,
): void {
  if (output === "table") {
    if (found.length > 0) print(table(found));
  } else if (output === "json") print(JSON.stringify(found));
  else for (const each of found) print(JSON.stringify(each));
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
