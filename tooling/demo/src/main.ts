import { parseArgs } from "node:util";
import { buildDashboard } from "./build-dashboard.ts";
import { checkDemo } from "./check.ts";
import { type Demo, startDemo } from "./demo.ts";

const HELP = `npm run demo             the whole system on this machine, until Ctrl-C
npm run demo -- --check  start it, wait until everything is healthy, announced and shown, stop it

A private ZooKeeper is started unless BOREALIS_ZK=host:port names one that already runs.
`;

const DASHBOARD_PORT = 3000;
const FAILED = 4;
const INTERRUPTED = 130;

function say(text: string): void {
  process.stdout.write(`${text}\n`);
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
  ${cli} health ls --hostname host-b.localhost

Snooze its check, and breaking it has no consequences:
  ${cli} health snooze www-data/staging1/toggle/0 --for 10m --reason "trying it" \\
    --hostname host-b.localhost --state-dir ${demo.stateDirectories.get("host-b")}

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
  say("· building the dashboard, if it has changed");
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
    process.exitCode = FAILED;
  }
} finally {
  await demo?.stop();
}

/** A demo with a part missing would only confuse: say which, and why. */
async function watchOver(child: Demo["children"][number]): Promise<void> {
  await child.exit;
  if (interrupt.signal.aborted) return;
  process.stderr.write(`borealis: ${child.name} ${child.ended}:\n${await child.tail(20)}\n`);
  process.exitCode = FAILED;
}
