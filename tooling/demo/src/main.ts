import { spawnSync } from "node:child_process";
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { checkDemo } from "./check.ts";
import { type Demo, QUIET_NEXT, startDemo } from "./demo.ts";

const HELP = `npm run demo             the whole system on this machine, until Ctrl-C
npm run demo -- --check  start it, wait until everything is healthy, announced and shown, stop it

A private ZooKeeper is started unless BOREALIS_ZK=host:port names one that already runs.
`;

const ROOT = resolve(import.meta.dirname, "../../..");
const DASHBOARD_PORT = 3000;
const BUILD_FAILED = 4;
const INTERRUPTED = 130;

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** Nothing is rebuilt when nothing has changed. */
function buildDashboard(): void {
  say("· building the dashboard, if it has changed");
  const turbo = [
    "node_modules/.bin/turbo",
    "run",
    "build",
    "--filter=@borealis/web",
    "--output-logs=errors-only",
  ];
  const built = spawnSync(process.execPath, turbo, {
    cwd: ROOT,
    encoding: "utf8",
    env: { ...process.env, ...QUIET_NEXT, TURBO_TELEMETRY_DISABLED: "1" },
  });
  if (built.status === 0) return;
  process.stderr.write(
    `${built.stdout}${built.stderr}\nborealis: the dashboard could not be built; see above\n`,
  );
  process.exit(BUILD_FAILED);
}

function welcome(demo: Demo): string {
  const toggle = demo.services.get("toggle/0");
  const cli = `BOREALIS_ZK=${demo.zooKeeper} npx borealis`;
  return `
Borealis is up.

  Dashboard   ${demo.dashboardUrl}
  ZooKeeper   ${demo.zooKeeper}

Break a service, see it withdrawn; mend it, see it come back:
  curl -X POST ${toggle}/break
  curl -X POST ${toggle}/mend

Look at the same from a terminal:
  ${cli} serverset ls
  ${cli} serverset watch www-data/staging1/toggle

www-data/devel/flapper breaks and mends itself. Ctrl-C ends everything.
`;
}

const { values } = parseArgs({
  options: {
    check: { type: "boolean", default: false },
    help: { type: "boolean", short: "h", default: false },
  },
});
if (values.help) {
  process.stdout.write(HELP);
  process.exit(0);
}

const interrupt = new AbortController();
const stopped = Promise.withResolvers<void>();
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  process.on(signal, () => {
    interrupt.abort(new Error(`${signal} received`));
    stopped.resolve();
  });
}

let demo: Demo | undefined;
try {
  buildDashboard();
  demo = await startDemo({
    zooKeeper: process.env["BOREALIS_ZK"] || undefined,
    ...(values.check ? {} : { dashboardPort: DASHBOARD_PORT }),
    onProgress: (text) => say(`· ${text}`),
    signal: interrupt.signal,
  });
  if (values.check) {
    await checkDemo(demo, (text) => say(`✓ ${text}`), interrupt.signal);
    say("everything is healthy, announced and shown");
  } else {
    say(welcome(demo));
    await Promise.race([stopped.promise, ...demo.children.map(watchOver)]);
    say("\n· stopping");
  }
} catch (error) {
  if (interrupt.signal.aborted) process.exitCode = INTERRUPTED;
  else {
    process.stderr.write(`borealis: ${(error as Error).message}\n`);
    process.exitCode = BUILD_FAILED;
  }
} finally {
  await demo?.stop();
}

/** A demo with a part missing would only confuse: say which, and why. */
async function watchOver(child: Demo["children"][number]): Promise<void> {
  await child.exit;
  if (interrupt.signal.aborted) return;
  process.stderr.write(`borealis: ${child.name} ${child.ended}:\n${await child.tail(20)}\n`);
  process.exitCode = BUILD_FAILED;
}
