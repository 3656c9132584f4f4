const LATE = new Set(["mesos.instance", "mesos.hostname", "thermos.task_id", "thermos.user"]);
const PORT = /^thermos\.ports\[([^\]]+)\]$/;

/** Whether only the host that runs the task can fill a reference in, so that it stays in place until then. */
export function isLate(reference: string): boolean {
  return LATE.has(reference) || PORT.test(reference);
}

/** The port's name in `thermos.ports[name]`; undefined for any other reference. */
export function portOf(reference: string): string | undefined {
  return PORT.exec(reference)?.[1];
}

/** `thermos.ports.http` looks as if it should work, in Aurora too, and never did. */
export function isMisspeltPort(reference: string): boolean {
  return /^thermos\.ports(?:\.|$)/.test(reference);
}
