import type { Clock } from "../clock.ts";
import type { Store } from "../store/port.ts";

const SHORTEST_MS = 20;
const LONGEST_MS = 200;
const GROWTH = 1.5;

/**
 * The same store with blocking queries that start a little apart. While a thousand instances report, each query would
 * answer for one of them with the records of all; the busier it is, the more changes share an answer. The first after a
 * quiet time is not held up.
 */
export function paceBlocks(store: Store, clock: Clock): Store {
  let apart = SHORTEST_MS;
  let startedAt = Number.NEGATIVE_INFINITY;
  return {
    ...store,
    block: async (folder, afterIndex, options) => {
      const idle = clock.monotonic() - startedAt;
      if (idle < apart) await clock.sleep(apart - idle, options.signal);
      apart = idle < LONGEST_MS * 2 ? Math.min(LONGEST_MS, apart * GROWTH) : SHORTEST_MS;
      startedAt = clock.monotonic();
      return store.block(folder, afterIndex, options);
    },
  };
}
