/**
 * `node tooling/setup/with-setup.mjs demo|test|bench|soak|zookeeper [arguments]`: does what is missing on this machine,
 * then runs the command on the pinned Node 24. Plain JavaScript without imports from node_modules: on a fresh clone
 * it is the host's Node 20 that reads this.
 */
import { delimiter, join } from "node:path";
import { ensureDependencies, nodeBinary, root } from "./dependencies.mjs";
import { ensureHostPackages } from "./host-packages.mjs";
import { run } from "./run.mjs";
import { SetupError } from "./setup-error.mjs";

const COMMANDS = {
  demo: "tooling/demo/src/main.ts",
  test: "tooling/setup/test.mjs",
  bench: "tooling/bench/src/main.ts",
  soak: "tooling/soak/src/main.ts",
  zookeeper: "tooling/zookeeper/src/main.ts",
};

const [command = "", ...args] = process.argv.slice(2);
try {
  if (Number.parseInt(process.versions.node, 10) < 20) {
    throw new SetupError(`Borealis needs Node 20 or newer to set itself up; this is ${process.version}.`);
  }
  if (!Object.hasOwn(COMMANDS, command)) {
    throw new SetupError(`"${command}" is not one of ${Object.keys(COMMANDS).join(", ")}.`, 2);
  }
  await ensureDependencies();
  if (!args.includes("--help")) await ensureHostPackages(command, process.env);
  process.exitCode = await run(nodeBinary(), [join(root, COMMANDS[command]), ...args], {
    ...process.env,
    PATH: join(root, "node_modules", ".bin") + delimiter + process.env.PATH,
  });
} catch (error) {
  if (!(error instanceof SetupError)) throw error;
  console.error(error.message);
  process.exitCode = error.exitCode;
}
