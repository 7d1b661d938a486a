/** One process with a share of a population's watchers. Ends when its parent does. */
import { SAVE_PAUSE_MS } from "../../../agent/files/memory.ts";
import { systemClock } from "../../../core/clock.ts";
import { openStore } from "../fleet/consul.ts";
import { startBareWatcher } from "./bare-watcher.ts";
import { startBenchAgent } from "./bench-agent.ts";
import { type Population, type Start, serviceOf } from "./messages.ts";
import { quiet } from "./quiet.ts";
import { createRoundTally } from "./round-tally.ts";

process.once("disconnect", () => process.exit());
process.once("message", (start: Start) => void begin(start));

async function begin(start: Start): Promise<void> {
  const { address, count, population } = start;
  const tally = createRoundTally(count, (seen) => {
    process.send?.(seen);
    void afterwards(population).then(() => process.send?.("quiet"));
  });
  const watchers = Array.from({ length: count }, (_, watcher) => watcher);
  await Promise.all(
    watchers.map((watcher) =>
      population === "agents"
        ? startBenchAgent(start, watcher, tally)
        : startBareWatcher({ service: serviceOf(population), store: openStore(address), name: `bench-${start.first + watcher}`, watcher, tally, reports: population === "report" }),
    ),
  );
  process.send?.("ready");
}

/** What agents save, they save after a pause: the next flip must not pay for it. */
async function afterwards(population: Population): Promise<void> {
  if (population === "agents") await systemClock.sleep(SAVE_PAUSE_MS);
  await quiet();
}
