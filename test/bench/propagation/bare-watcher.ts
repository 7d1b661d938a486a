/** The floor: the agents' own client in the shortest possible loop, with no pacing, no decision and no second look. */
import { desiredFolder, instanceKey } from "../../../core/store/keys.ts";
import type { Store } from "../../../core/store/port.ts";
import { valueOf } from "../fleet/operator.ts";
import type { RoundTally } from "./round-tally.ts";

const WAIT_MS = 30_000;
const DAY_MS = 86_400_000;

export interface BareWatcher {
  readonly service: string;
  readonly store: Store;
  /** In the whole population. */
  readonly name: string;
  /** In this process. */
  readonly watcher: number;
  readonly tally: RoundTally;
  /** Whether each wake-up is answered by one acknowledged write. */
  readonly reports: boolean;
}

/** Resolves once it is parked, or would be with the next request. */
export async function startBareWatcher({ name, reports, service, store, tally, watcher }: BareWatcher): Promise<void> {
  const folder = desiredFolder(service);
  const first = valueOf(await store.block(folder, 0, { waitMs: WAIT_MS }));
  const report = reports ? await createReport(store, service, name) : undefined;
  const watch = async (): Promise<void> => {
    for (let index = first.queryIndex; ; ) {
      const { queryIndex } = valueOf(await store.block(folder, index, { waitMs: WAIT_MS }));
      if (queryIndex === index) continue;
      index = queryIndex;
      tally.applied(watcher);
      // As with an agent, the next query is parked while the write is under way.
      if (report === undefined) tally.reported(watcher);
      else void report(index).then(() => tally.reported(watcher));
    }
  };
  void watch();
}

/** As long as an agent's record, and written in the same way: held by a session. */
async function createReport(store: Store, service: string, name: string): Promise<(index: number) => Promise<void>> {
  const session = valueOf(await store.sessions.create({ name, ttlMs: DAY_MS }));
  const key = instanceKey(service, name);
  const padding = "x".repeat(RECORD_BYTES);
  return async (index) => {
    valueOf(await store.transact([{ kind: "lock", key, value: JSON.stringify({ index, padding }), session }]));
  };
}

const RECORD_BYTES = 350;
