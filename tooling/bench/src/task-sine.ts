import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { nowMs } from "./monotonic.ts";

const MAPPERS = 180;
export const AT_A_TIME = 8;
const BASH = "/bin/bash";
const REDUCER = "cat temp.* | nl > sine_table.txt && rm -f temp.*";

/** How long something took, the CPU of all processes that had to do with it, and what came of it. */
export interface Tabled {
  readonly ms: number;
  readonly cpuMs: number;
  readonly table: string;
}

/** The reference's sine table: a command for each of 180 degrees, and one that needs them all. */
export class SineTable {
  readonly calculator: "bc" | "awk";
  readonly #mappers: readonly string[];

  constructor() {
    this.calculator = isInstalled("bc") ? "bc" : "awk";
    const calculate = this.calculator === "bc" ? withBc : withAwk;
    this.#mappers = Array.from(
      { length: MAPPERS },
      (_, degree) => `${calculate(degree)} > temp.sine_table.${numbered(degree)}`,
    );
  }

  get task(): object {
    const mappers = this.#mappers.map((cmdline, degree) => ({ name: `mapper${numbered(degree)}`, cmdline }));
    return {
      name: "mapreduce",
      processes: [...mappers, { name: "reducer", cmdline: REDUCER }],
      constraints: mappers.map(({ name }) => ({ order: [name, "reducer"] })),
      max_concurrency: AT_A_TIME,
    };
  }

  async withXargs(parent: string): Promise<Tabled> {
    const script = `xargs -d '\\n' -n 1 -P ${AT_A_TIME} ${BASH} -c < commands && ${REDUCER}`;
    return await tabled(parent, "commands", `${this.#mappers.join("\n")}\n`, script);
  }

  /** Undefined where there is no make. */
  async withMake(parent: string): Promise<Tabled | undefined> {
    if (!isInstalled("make")) return undefined;
    const names = this.#mappers.map((_, degree) => `mapper${numbered(degree)}`);
    const rules = [
      `SHELL = ${BASH}`,
      `sine_table.txt: ${names.join(" ")}\n\t${REDUCER}`,
      ...this.#mappers.map((cmdline, degree) => `${names[degree]}:\n\t${cmdline}`),
      `.PHONY: ${names.join(" ")}`,
    ];
    return await tabled(parent, "Makefile", `${rules.join("\n")}\n`, `make -s -j ${AT_A_TIME}`);
  }
}

export async function tableIn(directory: string): Promise<string> {
  return await readFile(join(directory, "sine_table.txt"), "utf8");
}

async function tabled(parent: string, file: string, content: string, script: string): Promise<Tabled> {
  const directory = await mkdtemp(join(parent, "peer-"));
  await writeFile(join(directory, file), content);
  const startedAt = nowMs();
  // The last line is what all that it has waited for has computed.
  const child = spawn(BASH, ["-c", `{ ${script}; } || exit; times`], {
    cwd: directory,
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [said, [code]] = await Promise.all([text(child.stdout), once(child, "close")]);
  const ms = nowMs() - startedAt;
  if (code !== 0) throw new Error(`${script} ended with ${code}`);
  return { ms, cpuMs: cpuOf(said), table: await tableIn(directory) };
}

/** From bash's `times`: `0m1.234s 0m0.567s`, its own and below it that of its children. */
function cpuOf(times: string): number {
  const parts = [...times.matchAll(/(\d+)m([\d.]+)s/g)].slice(-4);
  return parts.reduce(
    (sum, [, minutes, seconds]) => sum + Number(minutes) * 60_000 + Number(seconds) * 1_000,
    0,
  );
}

function withBc(degree: number): string {
  return `echo 'scale=50;s(${degree}*4*a(1)/180)' | bc -l`;
}

function withAwk(degree: number): string {
  return `echo ${degree} | awk '{ printf "%.15f\\n", sin($1 * atan2(0, -1) / 180) }'`;
}

function numbered(degree: number): string {
  return String(degree).padStart(3, "0");
}

function isInstalled(program: string): boolean {
  return spawnSync(BASH, ["-c", `command -v ${program}`]).status === 0;
}
