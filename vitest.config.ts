import { defineConfig } from "vitest/config";

/** What measures, or fills both cores by itself: beside others its deadlines would be tight. */
const ALONE = ["test/campaign/**/*.test.ts", "test/integration/demo.test.ts", "test/integration/flips.test.ts", "test/integration/wake-ups.test.ts", "test/integration/process/output.test.ts", "test/integration/limits/**/*.test.ts", "test/integration/pace/crowd.test.ts"];

/** Two more than cores: these tests wait for others half of their time. */
const INTEGRATION_WORKERS = 4;

/** Modules keep no state between tests, so each worker loads them once for all its files: that halves and more what the unit tests cost, and saves more than a second of CPU for each file of the others. */
const loadedOnce = { isolate: false };

const onConsul = {
  ...loadedOnce,
  globalSetup: ["test/support/obtain-servers.ts"],
  testTimeout: 60_000,
  hookTimeout: 60_000,
};

/** A time limit ends what hangs, also on a machine that is busy with other work. */
const onCores = { ...loadedOnce, maxWorkers: 2, testTimeout: 60_000 };

export default defineConfig({
  test: {
    projects: [
      { test: { name: "unit", include: ["test/unit/**/*.test.ts"], ...onCores, expect: { poll: { timeout: 15_000 } }, sequence: { groupOrder: 0 } } },
      { test: { name: "integration", include: ["test/contract/**/*.test.ts", "test/integration/**/*.test.ts"], exclude: ALONE, ...onConsul, maxWorkers: INTEGRATION_WORKERS, sequence: { groupOrder: 1 } } },
      { test: { name: "integration-alone", include: ALONE, ...onConsul, maxWorkers: 1, sequence: { groupOrder: 2 } } },
    ],
  },
});
