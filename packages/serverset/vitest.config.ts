import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    name: "packages/serverset",
    testTimeout: 30_000,
    hookTimeout: 90_000,
    expect: { poll: { timeout: 15_000 } },
  },
});
