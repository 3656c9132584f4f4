/** A user of this host. */
export interface RunAs {
  readonly user: string;
  readonly uid: number;
  readonly gid: number;
}

/**
 * The command line that runs `command` with the rights of `runAs`, groups included; only root may. Its process is
 * the command's own: setpriv becomes it.
 */
export function asUser(
  runAs: RunAs | undefined,
  command: readonly string[],
  setpriv = "setpriv",
): readonly string[] {
  if (runAs === undefined) return command;
  return [setpriv, `--reuid=${runAs.uid}`, `--regid=${runAs.gid}`, "--init-groups", "--", ...command];
}
