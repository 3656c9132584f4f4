/**
 * What of the tasks that have ended is to go: a question of their ages, number and size.
 *
 * The oldest end goes first. What rules let stay does not count: of a task whose sandbox is gone and whose checkpoint
 * is kept there is nothing left to choose.
 */
export interface Remains {
  readonly taskId: string;
  /** Milliseconds since the Unix epoch. */
  readonly endedAt: number;
  /** What would be freed. */
  readonly bytes: number;
  /** A sandbox of no task: only its age tells that nobody wants it any more. */
  readonly orphan: boolean;
}

export interface GarbageRules {
  readonly maxAgeMs?: number;
  readonly maxTasks?: number;
  readonly maxBytes?: number;
}

export function chooseGarbage(remains: readonly Remains[], rules: GarbageRules, now: number): Remains[] {
  const { maxAgeMs = Infinity, maxTasks = Infinity, maxBytes = Infinity } = rules;
  const youngestFirst = [...remains].sort((a, b) => b.endedAt - a.endedAt || (a.taskId < b.taskId ? -1 : 1));
  const garbage: Remains[] = [];
  let tasks = 0;
  let bytes = 0;
  for (const one of youngestFirst) {
    if (!one.orphan) {
      tasks += 1;
      bytes += one.bytes;
    }
    const isTooMuch = !one.orphan && (tasks > maxTasks || bytes > maxBytes);
    if (isTooMuch || now - one.endedAt > maxAgeMs) garbage.push(one);
  }
  return garbage.reverse();
}
