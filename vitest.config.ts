import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    // One for each core of a small machine: most of the time these tests wait for processes and for Consul.
    maxWorkers: 2,
    projects: [
      {
        test: { name: "unit", include: ["test/unit/**/*.test.ts"], testTimeout: 20_000 },
      },
      {
        test: {
          name: "integration",
          include: ["test/contract/**/*.test.ts", "test/integration/**/*.test.ts", "test/campaign/**/*.test.ts"],
          globalSetup: ["test/support/obtain-consul.ts"],
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
    ],
  },
});
