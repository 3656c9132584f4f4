import { parseArgs } from "node:util";
import { type Bench, formatFigure } from "./figure.ts";
import { cliStart } from "./figures/cli-start.ts";
import { configAuroraCold, configAuroraMany } from "./figures/config-aurora.ts";
import { configJson } from "./figures/config-json.ts";
import { dashboardLive } from "./figures/dashboard-live.ts";
import { healthCheck, healthCheckMany } from "./figures/health-checks.ts";
import { healthHistory } from "./figures/health-history.ts";
import { serverSetChurn } from "./figures/serverset-churn.ts";
import { serverSetCrash, serverSetTakeOver } from "./figures/serverset-crash.ts";
import { serverSetFailover } from "./figures/serverset-failover.ts";
import { serverSetPropagate } from "./figures/serverset-propagate.ts";
import { serverSetReads } from "./figures/serverset-read.ts";
import { serverSetRegister } from "./figures/serverset-register.ts";
import { taskAdopt } from "./figures/task-adopt.ts";
import { taskSine } from "./figures/task-sine.ts";
import { taskSleepers } from "./figures/task-sleepers.ts";
import { taskTrue, taskTrueCommand } from "./figures/task-true.ts";
import { withdraw } from "./figures/withdraw.ts";

const BENCHES: readonly Bench[] = [
  withdraw,
  healthCheck,
  healthCheckMany,
  healthHistory,
  ...serverSetReads,
  serverSetRegister,
  serverSetPropagate,
  serverSetChurn,
  serverSetCrash,
  serverSetTakeOver,
  serverSetFailover,
  dashboardLive,
  configJson,
  configAuroraCold,
  configAuroraMany,
  cliStart,
  taskTrue,
  taskTrueCommand,
  taskSine,
  taskSleepers,
  taskAdopt,
];

const HELP = `npm run bench                      every figure
npm run bench -- --list            their names
npm run bench -- --only NAME       those whose name begins with NAME
npm run bench -- --json            one JSON object a line, on stdout

Each figure stands beside a peer's or the floor, from interleaved runs; read the ratio, not the time.
`;
const USAGE = 2;
const FAILED = 4;

function parse() {
  try {
    return parseArgs({
      options: {
        list: { type: "boolean", default: false },
        json: { type: "boolean", default: false },
        only: { type: "string", multiple: true },
        help: { type: "boolean", short: "h", default: false },
      },
    }).values;
  } catch (error) {
    process.stderr.write(`bench: ${(error as Error).message}\n${HELP}`);
    process.exit(USAGE);
  }
}

const { list, json, only, help } = parse();
const chosen = BENCHES.filter(
  ({ name }) => only === undefined || only.some((prefix) => name.startsWith(prefix)),
);
if (help) process.stdout.write(HELP);
else if (list) for (const { name, about } of BENCHES) process.stdout.write(`${name.padEnd(26)} ${about}\n`);
else if (chosen.length === 0) {
  process.stderr.write(`bench: no figure begins with ${only?.join(" or ")}; --list shows their names\n`);
  process.exitCode = USAGE;
} else {
  for (const bench of chosen) {
    try {
      const result = await bench.run((progress) => process.stderr.write(`· ${bench.name}: ${progress}\n`));
      for (const figure of result === undefined ? [] : [result].flat()) {
        process.stdout.write(`${json ? JSON.stringify(figure) : formatFigure(figure)}\n`);
      }
    } catch (error) {
      process.stderr.write(`bench: ${bench.name}: ${(error as Error).message}\n`);
      process.exitCode = FAILED;
    }
  }
}
