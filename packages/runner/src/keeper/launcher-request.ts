import { basename, resolve } from "node:path";
import type { OutputPlan, StartRequest } from "./keeper.ts";

/** As launcher.pl reads it: the length of the rest, and the fields, each with a NUL behind it. */
export function encodeRequest(fields: readonly (string | number)[]): Buffer {
  if (fields.some((field) => String(field).includes("\0")))
    throw new Error("a NUL can not be passed to a process");
  const rest = Buffer.from(fields.map((field) => `${field}\0`).join(""));
  const length = Buffer.alloc(4);
  length.writeUInt32BE(rest.length);
  return Buffer.concat([length, rest]);
}

/** Lists have their length before them. */
export function startFields(directory: string, request: StartRequest): readonly (string | number)[] {
  const { process, run, command, environment, stdout, stderr, cgroups } = request;
  const variables = Object.entries(environment).flat();
  return [
    directory,
    basename(directory),
    process,
    run,
    resolve(request.directory),
    ...outputFields(stdout),
    ...outputFields(stderr),
    cgroups.length,
    ...cgroups,
    command.length,
    ...command,
    variables.length,
    ...variables,
  ];
}

function outputFields({ file, console, rotate }: OutputPlan): readonly (string | number)[] {
  return [file === undefined ? "" : resolve(file), Number(console), rotate?.bytes ?? 0, rotate?.backups ?? 0];
}
