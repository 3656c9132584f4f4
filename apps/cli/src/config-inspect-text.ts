import { formatWallTime } from "@borealis/clock";
import { type AlikeProcesses, drawOrder, groupProcesses, type Inspection, portOf } from "@borealis/config";
import { formatPath, type Job, type Process } from "@borealis/schema";
import { problemLine } from "./config-problem.ts";
import { formatTable, printable } from "./table.ts";

/** The whole of it is in the JSON. */
const LONGEST_VALUE = 4_000;
const WIDEST_PATH = 64;

/** An inspection for people: what the job is first, then each part of it under a heading. */
export function inspectionText(inspection: Inspection, file: string, instance: number | undefined): string {
  const parts: readonly (readonly [heading: string, lines: readonly string[]])[] = [
    ["values, * default", valueLines(inspection)],
    ["processes", groupProcesses(inspection).flatMap(processLines)],
    ["order", drawOrder(inspection.task).map(printable)],
    ["ports", portLines(inspection)],
    ["filled in when an instance starts", lateLines(inspection)],
    ["warnings", inspection.warnings.map((warning) => problemLine(warning, file))],
  ];
  return [
    ...headLines(inspection, file, instance),
    ...parts
      .filter(([, lines]) => lines.length > 0)
      .flatMap(([heading, lines]) => ["", heading, ...lines.map((line) => `  ${line}`.trimEnd())]),
  ].join("\n");
}

function headLines(inspection: Inspection, file: string, instance: number | undefined): string[] {
  const { key, path, kind, serverSet, cron, values } = inspection;
  const place = path === "" ? file : `${file}: ${path}`;
  const instances = "instances" in values ? instancesOf(values) : "";
  const asOne = instance === undefined ? "" : `, shown as instance ${instance}`;
  return [
    printable(`${key} (${place})`),
    `${kind}${instances}${asOne}`,
    ...(serverSet === null ? [] : [printable(`announced in ${serverSet}`)]),
    ...(cron === null
      ? []
      : [printable(`runs at ${cron.schedule}: ${cron.nextRunsMs.map(formatWallTime).join(", ")}`)]),
  ];
}

function instancesOf({ instances }: Job): string {
  return `, ${instances} instance${instances === 1 ? "" : "s"}`;
}

/** Processes and their order have headings of their own. */
function valueLines({ effective }: Inspection): string[] {
  const rows = effective
    .map((each) => ({ ...each, inTask: each.path[0] === "task" ? each.path[1] : each.path[0] }))
    .filter(({ inTask, path }) => !isShownApart(inTask, path))
    .toSorted((a, b) => Number(a.path[0] === "task") - Number(b.path[0] === "task"))
    .map(({ path, value, isDefault }) => ({ name: printable(formatPath(path)), value, isDefault }));
  const width = Math.min(WIDEST_PATH, Math.max(...rows.map(({ name }) => name.length)));
  return rows.flatMap(({ name, value, isDefault }) => {
    const mark = isDefault ? "* " : "  ";
    if (typeof value === "string" && value.includes("\n")) return [`${mark}${name}`, ...block(value)];
    return [`${mark}${name.padEnd(width)}  ${printable(shorten(JSON.stringify(value)))}`];
  });
}

/** A job's own `constraints` say where it may run, and are a map. */
function isShownApart(attribute: unknown, path: readonly unknown[]): boolean {
  if (attribute === "processes") return true;
  return attribute === "constraints" && (path[0] === "task" || typeof path[1] === "number");
}

function processLines({ first, last, count, defaults }: AlikeProcesses): string[] {
  const name = count === 1 ? first.name : `${first.name} … ${last.name} (${count} alike, the first shown)`;
  const { name: _, cmdline, ...settings } = first;
  const given = settingsText(settings, (attribute) => !defaults.includes(attribute));
  const others = settingsText(settings, (attribute) => defaults.includes(attribute));
  return [
    printable(name),
    ...block(cmdline),
    ...(given === "" ? [] : [`    ${given}`]),
    ...(others === "" ? [] : [`  * ${others}`]),
  ];
}

function settingsText(
  settings: Omit<Process, "name" | "cmdline">,
  wanted: (attribute: string) => boolean,
): string {
  return Object.entries(settings)
    .filter(([attribute, value]) => value !== undefined && wanted(attribute))
    .map(([attribute, value]) => printable(`${attribute} ${JSON.stringify(value)}`))
    .join(", ");
}

function block(text: string): string[] {
  return shorten(text)
    .replace(/\n$/, "")
    .split("\n")
    .map((line) => `    | ${printable(line.replaceAll("\t", "  "))}`);
}

function portLines({ ports }: Inspection): string[] {
  if (ports.length === 0) return [];
  const rows = ports.map(({ name, leadsTo, port, referredToBy }) => [
    name,
    String(port ?? "-"),
    leadsTo.join(" → "),
    referredToBy.length > 3
      ? `${referredToBy.slice(0, 3).join(", ")} and ${referredToBy.length - 3} more`
      : referredToBy.join(", "),
  ]);
  const wanted = ports.filter(({ leadsTo, port }) => port === null && leadsTo.length === 0);
  const options = wanted.map(({ name }) => `-P ${name}:<port>`).join(" ");
  return [
    ...formatTable(["NAME", "PORT", "LEADS TO", "REFERRED TO BY"], rows, ["left", "right"]).split("\n"),
    ...(wanted.length === 0
      ? []
      : [printable(`unresolved: ${wanted.map(({ name }) => name).join(", ")}; give ${options}`)]),
  ];
}

function lateLines({ lateReferences }: Inspection): string[] {
  const width = Math.max(0, ...lateReferences.map(({ reference }) => reference.length));
  return lateReferences.map(({ reference, value }) => {
    const open =
      portOf(reference) === undefined ? "left as it is: give --instance" : "a port: give it with -P";
    return printable(`${reference.padEnd(width)}  ${value ?? open}`);
  });
}

function shorten(text: string): string {
  return text.length > LONGEST_VALUE
    ? `${text.slice(0, LONGEST_VALUE)}… (${text.length} characters; -o json has them all)`
    : text;
}
