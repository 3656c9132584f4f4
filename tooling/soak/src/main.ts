import { parseArgs } from "node:util";
import { Journal } from "./journal.ts";
import { soak } from "./soak.ts";

const HELP = `npm run soak                         five minutes on three servers
npm run soak -- --minutes N          longer or shorter; 0.5 is half a minute
npm run soak -- --seed S             the faults of an earlier run
npm run soak -- --servers 1          one server instead of three

Ends with "soak: ok", or with what was violated and exit code 1.
`;
const VIOLATED = 1;
const USAGE = 2;
const FAILED = 4;

function parse() {
  try {
    const { values } = parseArgs({
      options: {
        minutes: { type: "string", default: "5" },
        seed: { type: "string" },
        servers: { type: "string", default: "3" },
        help: { type: "boolean", short: "h", default: false },
      },
    });
    const minutes = Number(values.minutes);
    const seed = values.seed === undefined ? Math.floor(Math.random() * 1_000_000) : Number(values.seed);
    if (!(minutes > 0)) throw new Error(`--minutes ${values.minutes} is not a number above 0`);
    if (!Number.isInteger(seed)) throw new Error(`--seed ${values.seed} is not a whole number`);
    if (values.servers !== "1" && values.servers !== "3") throw new Error("--servers is 1 or 3");
    return {
      help: values.help,
      minutes,
      seed,
      servers: values.servers === "1" ? (1 as const) : (3 as const),
    };
  } catch (error) {
    process.stderr.write(`soak: ${(error as Error).message}\n${HELP}`);
    process.exit(USAGE);
  }
}

const { help, minutes, seed, servers } = parse();
if (help) process.stdout.write(HELP);
else {
  const stopped = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => stopped.abort());
  const tell = (progress: string) => process.stderr.write(`· ${progress}\n`);
  tell(`seed ${seed}, ${minutes} minutes, ${servers} server${servers === 1 ? "" : "s"}`);
  const journal = new Journal();
  try {
    const options = { minutes, seed, servers, signal: stopped.signal, tell };
    const { faults, violated } = await soak(options, journal);
    if (violated.length === 0) {
      const how = stopped.signal.aborted ? "stopped early" : "ok";
      process.stdout.write(`soak: ${how}, ${faults} faults, seed ${seed}\n`);
    } else {
      const replay = `npm run soak -- --minutes ${minutes} --seed ${seed} --servers ${servers}`;
      process.stdout.write(
        `${journal.events.join("\n")}\n\nsoak: violated after ${faults} faults, seed ${seed}:\n`,
      );
      for (const each of violated) process.stdout.write(`  ${each}\n`);
      process.stdout.write(`again: ${replay}\n`);
      process.exitCode = VIOLATED;
    }
  } catch (error) {
    process.stderr.write(`soak: ${(error as Error).stack}\n`);
    process.exitCode = FAILED;
  }
}
