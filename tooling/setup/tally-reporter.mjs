import { writeFileSync } from "node:fs";

/** Where a run leaves its tally for `test.mjs`, which prints it after everything else. */
export const TALLY_FILE = "BOREALIS_TALLY_FILE";

/** Counts tests, and as failed ones also what kept tests from running: a file that does not load, a hook, a leak. */
export default class TallyReporter {
  onTestRunEnd(modules, unhandledErrors) {
    const tally = { passed: 0, failed: unhandledErrors.length, skipped: 0 };
    for (const module of modules) {
      for (const suite of [module, ...module.children.allSuites()]) tally.failed += suite.errors().length;
      for (const test of module.children.allTests()) {
        const { state } = test.result();
        // Still pending at the end: the run was cut short.
        tally[state === "pending" ? "failed" : state] += 1;
      }
    }
    const file = process.env[TALLY_FILE];
    if (file) writeFileSync(file, JSON.stringify(tally));
  }
}
