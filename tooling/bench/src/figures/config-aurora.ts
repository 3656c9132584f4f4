import { join } from "node:path";
import { timeBorealis, timeNode } from "../commands.ts";
import { type Bench, figureOf } from "../figure.ts";
import { directoryOf, MANY_JOBS, ONE_JOB } from "../sample-configs.ts";

const RUNS = 11;
const RUNS_OF_MANY = 5;

/** Pyodide as its documentation starts it, doing next to nothing. */
const PLAIN_PYODIDE = `
import { loadPyodide } from "pyodide";
const python = await loadPyodide();
if (python.runPython("1 + 1") !== 2) process.exit(1);
`;
const PACKAGE = join(import.meta.dirname, "../../../../packages/config");

/** Ours: the whole command, from its start to its exit. Peer: a process that only starts Pyodide. */
export const configAuroraCold: Bench = {
  name: "config.aurora.cold",
  about: "borealis config validate of one .aurora job, whole command, beside starting plain Pyodide",
  async run(tell) {
    await using directory = await directoryOf({ "hello.aurora": ONE_JOB, "plain.mjs": PLAIN_PYODIDE });
    const validate = () => timeBorealis(["config", "validate", join(directory.path, "hello.aurora")]);
    tell(`the first time, in which the memory image may have to be made: ${Math.round(await validate())} ms`);
    const ours: number[] = [];
    const peer: number[] = [];
    for (let run = 0; run < RUNS; run++) {
      ours.push(await validate());
      peer.push(await timePlain());
    }
    return figureOf(
      { name: this.name, unit: "ms", goal: 700, goalOf: "ours", peerName: "plain Pyodide" },
      { ours, peer },
    );
  },
};

/** From the package's own directory, where `pyodide` resolves. */
function timePlain(): Promise<number> {
  const code = PLAIN_PYODIDE.replace('"pyodide"', JSON.stringify(import.meta.resolve("pyodide", PACKAGE)));
  return timeNode(["--input-type=module", "-e", code]);
}

/** Ours: a file of 1,000 jobs, each with a task and a profile of its own. Floor: the same with one job. */
export const configAuroraMany: Bench = {
  name: "config.aurora.1000",
  about: "borealis config validate of 1,000 jobs in one .aurora file, beside one job",
  async run(tell) {
    await using directory = await directoryOf({ "one.aurora": ONE_JOB, "many.aurora": MANY_JOBS });
    const validate = (name: string) => timeBorealis(["config", "validate", join(directory.path, name)]);
    await validate("one.aurora");
    const ours: number[] = [];
    const floor: number[] = [];
    for (let run = 0; run < RUNS_OF_MANY; run++) {
      ours.push(await validate("many.aurora"));
      floor.push(await validate("one.aurora"));
      tell(`${run + 1} of ${RUNS_OF_MANY}`);
    }
    return figureOf({ name: this.name, unit: "ms", goal: 3000, goalOf: "ours" }, { ours, floor });
  },
};
