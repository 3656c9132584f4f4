import { existsSync, globSync } from "node:fs";
import { join } from "node:path";
import { defineConfig } from "vitest/config";

const folders = globSync("{packages,apps,tooling}/*", { cwd: import.meta.dirname })
  .filter(
    (folder) =>
      globSync("**/*.test.{ts,tsx}", {
        cwd: join(import.meta.dirname, folder),
        exclude: ["node_modules", ".next", "dist"],
      }).length > 0,
  )
  .sort();

export default defineConfig({
  test: {
    // Tests of real servers and browsers on a small machine: more workers only make them wait for each other.
    maxWorkers: 2,
    retry: 0,
    testTimeout: 30_000,
    hookTimeout: 90_000,
    // A fact that is waited for comes late on a busy machine.
    expect: { poll: { timeout: 15_000 } },
    projects: folders.map((folder) => {
      const own = join(folder, "vitest.config.ts");
      return existsSync(join(import.meta.dirname, own))
        ? own
        : { extends: true, root: folder, test: { name: folder } };
    }),
  },
});
