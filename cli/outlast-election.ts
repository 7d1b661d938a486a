import type { Clock } from "../core/clock.ts";
import type { Outcome, StoreFault } from "../core/model/fault.ts";
import type { CallOptions, Store } from "../core/store/port.ts";

export interface Electorate {
  readonly clock: Clock;
  /** Said once per store, when an election is first met. */
  readonly note: (text: string) => void;
  readonly interrupted: AbortSignal;
  /** Whether it is worth waiting; every `no-leader` unless given. */
  readonly isElection?: ((fault: StoreFault) => boolean) | undefined;
}

/** Of another datacentre: its own servers say so. Where they can't be reached Consul answers much the same, and that may last. */
export function isElectionThere(fault: StoreFault): boolean {
  return fault.kind === "no-leader" && /No cluster leader|node is not the leader/i.test(fault.cause);
}

/** Consul's default timing (raft_multiplier 5) needs up to 18 s for an election. */
const LONGEST_MS = 30_000;
/** A command must be through within a second of Consul's own recovery. */
const EVERY_MS = 100;

/**
 * A store whose reads and transactions wait until Consul's servers have a leader again. Without one nothing was written,
 * so that asking again is safe; every other fault is the caller's at once.
 */
export function outlastElections(store: Store, { clock, note, interrupted, isElection = ({ kind }) => kind === "no-leader" }: Electorate): Store {
  let noted = false;
  const outlast = async <T>(ask: () => Promise<Outcome<T>>, options: CallOptions | undefined): Promise<Outcome<T>> => {
    const end = clock.monotonic() + LONGEST_MS;
    for (;;) {
      const outcome = await ask();
      const isOver = interrupted.aborted || options?.signal?.aborted === true || clock.monotonic() >= end;
      if (outcome.ok || !isElection(outcome.fault) || isOver) return outcome;
      if (!noted) note(`note: Consul's servers have no leader; waiting up to ${LONGEST_MS / 1000} s for one\n`);
      noted = true;
      await clock.sleep(EVERY_MS, interrupted);
    }
  };
  return {
    ...store,
    get: (key, options) => outlast(() => store.get(key, options), options),
    list: (folder, options) => outlast(() => store.list(folder, options), options),
    keys: (folder, options) => outlast(() => store.keys(folder, options), options),
    transact: (operations, options) => outlast(() => store.transact(operations, options), options),
  };
}
