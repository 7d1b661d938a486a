import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    // One file at a time: each starts processes by the dozen, and two at once make their own deadlines tight on two cores.
    maxWorkers: 1,
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
