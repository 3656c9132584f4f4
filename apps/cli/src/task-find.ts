import { listTasks, listThrottled, summarise, type TaskSummary, type Throttled } from "@borealis/runner";
import { EXIT } from "./exit-codes.ts";
import { CliError } from "./fail.ts";

export interface TaskKinds {
  readonly active: boolean;
  readonly finished: boolean;
}

/** Tasks whose id or instance one of the patterns matches, from the beginning on, as Thermos'; all without patterns. */
export async function findTasks(
  stateDirectory: string,
  patterns: readonly string[],
  kinds: TaskKinds,
): Promise<TaskSummary[]> {
  const expressions = patterns.map(anchored);
  const places = await listTasks(stateDirectory, kinds);
  const summaries = places.map((place) => summarise(stateDirectory, place));
  return summaries.filter(
    (summary) =>
      isOf(kinds, summary) &&
      (expressions.length === 0 || expressions.some((each) => matches(each, summary))),
  );
}

/** Instances between two tasks. */
export function findThrottled(stateDirectory: string, patterns: readonly string[]): readonly Throttled[] {
  const expressions = patterns.map(anchored);
  return listThrottled(stateDirectory).filter(
    ({ instance }) => expressions.length === 0 || expressions.some((each) => each.test(instance)),
  );
}

/** One task by its id or its instance: of an instance the active one, else the latest that has ended. */
export async function findTask(stateDirectory: string, name: string): Promise<TaskSummary> {
  const places = await listTasks(stateDirectory, { active: true, finished: true });
  const named = places.find(({ taskId }) => taskId === name);
  if (named !== undefined) return summarise(stateDirectory, named);
  const ofInstance = places
    .map((place) => summarise(stateDirectory, place))
    .filter(({ header }) => header?.instance === name)
    .sort((one, other) => startOf(other) - startOf(one));
  const found = ofInstance.find(({ finished }) => !finished) ?? ofInstance[0];
  if (found !== undefined) return found;
  throw new CliError(
    `there is no task "${name}" in ${stateDirectory}; borealis executor status lists them`,
    EXIT.negative,
  );
}

function startOf({ header }: TaskSummary): number {
  return header?.startedAt ?? 0;
}

/** One that was finished between the list and the look is shown as what it is, if that was asked for. */
function isOf(kinds: TaskKinds, { finished }: TaskSummary): boolean {
  return finished ? kinds.finished : kinds.active;
}

function anchored(pattern: string): RegExp {
  try {
    return new RegExp(`^(?:${pattern})`);
  } catch (error) {
    const why = (error as Error).message.replace(/^.*: /, "");
    throw new CliError(`"${pattern}" is not a regular expression: ${why}`, EXIT.usage);
  }
}

function matches(expression: RegExp, { taskId, header }: TaskSummary): boolean {
  return expression.test(taskId) || (header?.instance !== undefined && expression.test(header.instance));
}
