import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    name: "tooling/zookeeper",
    testTimeout: 60_000,
    hookTimeout: 90_000,
    expect: { poll: { timeout: 15_000 } },
  },
});
