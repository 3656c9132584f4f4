import type { ResourceReport } from "@borealis/schema";

/** One resource: what is used, of what may be. */
interface ResourceWords {
  readonly name: "cpu" | "ram" | "disk" | "processes";
  readonly words: string;
  /** More is used than may be. Time on a processor is lent, so of that it is no news. */
  readonly over: boolean;
}

/** `cpu 0.31 of 1 core`, `ram 120 of 256 MB`, `disk 12 of 64 MB`, `5 processes`; what nobody knows is left out. */
export function resourceWords({
  cpu,
  diskBytes,
  limits,
  processes,
  ramBytes,
}: ResourceReport): ResourceWords[] {
  return [
    ...measured("cpu", cpu, limits?.cpu, cores),
    ...measured("ram", ramBytes, limits?.ramBytes, bytes),
    ...measured("disk", diskBytes, limits?.diskBytes, bytes),
    ...(processes === undefined
      ? []
      : [
          {
            name: "processes",
            words: `${processes.toLocaleString("en")} ${processes === 1 ? "process" : "processes"}`,
            over: false,
          } as const,
        ]),
  ];
}

interface Amount {
  readonly figure: string;
  readonly unit: string;
}

function measured(
  name: "cpu" | "ram" | "disk",
  used: number | undefined,
  limit: number | undefined,
  amount: (value: number) => Amount,
): ResourceWords[] {
  if (used === undefined && limit === undefined) return [];
  const most = limit === undefined ? undefined : amount(limit);
  const over = name !== "cpu" && used !== undefined && limit !== undefined && used > limit;
  return [{ name, words: `${name} ${phrase(used === undefined ? undefined : amount(used), most)}`, over }];
}

function phrase(used: Amount | undefined, most: Amount | undefined): string {
  if (used === undefined) return most === undefined ? "" : `up to ${most.figure} ${most.unit}`;
  if (most === undefined) return `${used.figure} ${used.unit}`;
  const sameUnit = used.unit === most.unit || used.figure === "0" || used.unit.startsWith("core");
  return `${used.figure}${sameUnit ? "" : ` ${used.unit}`} of ${most.figure} ${most.unit}`;
}

function cores(value: number): Amount {
  const figure = String(Number(value.toFixed(2)));
  return { figure, unit: figure === "1" ? "core" : "cores" };
}

const UNITS = ["bytes", "KB", "MB", "GB", "TB"] as const;

/** As in a configuration, where 1 MB is 1,048,576 bytes. */
function bytes(value: number): Amount {
  let amount = value;
  let unit = 0;
  while (amount >= 1_024 && unit < UNITS.length - 1) {
    amount /= 1_024;
    unit += 1;
  }
  return { figure: String(Number(amount.toFixed(amount < 10 ? 1 : 0))), unit: UNITS[unit] ?? "" };
}
