/**
 * `npm test`: types, lint, build, then every test in one vitest run; stops at the first stage that fails.
 *
 * With arguments (`npm test -- --project tooling/zookeeper -t elects`) only vitest runs, with them: whoever names a test wants its
 * answer in a second. The last line is always the plain tally, because CI reads it.
 */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { root } from "./dependencies.mjs";
import { run } from "./run.mjs";
import { TALLY_FILE } from "./tally-reporter.mjs";

const args = process.argv.slice(2);
const scratch = mkdtempSync(join(tmpdir(), "borealis-tally-"));
const tallyFile = join(scratch, "tally.json");
const env = {
  ...process.env,
  [TALLY_FILE]: tallyFile,
  TURBO_TELEMETRY_DISABLED: "1",
  NEXT_TELEMETRY_DISABLED: "1",
  DO_NOT_TRACK: "1",
  TURBO_NO_UPDATE_NOTIFIER: "1",
};

const bin = (name) => join(root, "node_modules", ".bin", name);
const turbo = (name, task) => ({
  name,
  command: [bin("turbo"), "run", task, "--output-logs=errors-only"],
});
const reporters = ["--reporter=default", `--reporter=${join(root, "tooling/setup/tally-reporter.mjs")}`];
const tests = { name: "tests", command: [bin("vitest"), "run", "--root", root, ...reporters, ...args] };
const stages = [turbo("types", "typecheck"), turbo("lint", "lint"), turbo("build", "build"), tests];

process.chdir(root);
process.exitCode = await runStages(args.length > 0 ? [tests] : stages);
console.log(tallyLine(process.exitCode));
rmSync(scratch, { recursive: true });

async function runStages(stages) {
  for (const { name, command } of stages) {
    console.log(`\n── ${name} ──`);
    const started = performance.now();
    const [program, ...rest] = command;
    const code = await run(program, rest, env);
    const seconds = ((performance.now() - started) / 1000).toFixed(1);
    console.log(code === 0 ? `${name}: ${seconds} s` : `${name}: failed after ${seconds} s`);
    if (code !== 0) return code;
  }
  return 0;
}

function tallyLine(exitCode) {
  const tally = readTally() ?? { passed: 0, failed: 0, skipped: 0 };
  // A stage before the tests, or vitest itself, failed without a test to blame.
  const failed = exitCode === 0 ? tally.failed : Math.max(1, tally.failed);
  // Before it, so that the last line reads the same whether something was left out or not.
  const skipped = tally.skipped > 0 ? `${tally.skipped} skipped\n` : "";
  return `${skipped}${tally.passed} passed, ${failed} failed`;
}

function readTally() {
  try {
    return JSON.parse(readFileSync(tallyFile, "utf8"));
  } catch {
    return undefined;
  }
}
