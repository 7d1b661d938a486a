import { endProcess } from "./end.ts";
import { orAborted } from "./first-signal.ts";
import type { Ground } from "./ground.ts";
import type { Live } from "./live.ts";

/** When a process may be told to stop: at once, or when clients have been told of another and `drain` is over. */
type Farewell = "at-once" | "when-clients-know";

/**
 * Processes on their way out, in the background: an operator's next change must not wait for a drain.
 * `atMost` keeps their number small, so that a hundred flips don't leave a hundred processes.
 */
export interface Retirement {
  begin(live: Live, farewell: Farewell): void;
  /** Resolves when no more than `count` are leaving, or the signal fires. */
  atMost(count: number, signal: AbortSignal): Promise<void>;
  count(): number;
  /** Drains under way are left to the next applier; what is being stopped is waited for. */
  letGo(): Promise<void>;
}

export function createRetirement(ground: Ground): Retirement {
  const leaving = new Map<string, Promise<void>>();
  const released = new AbortController();

  const retire = async (live: Live, farewell: Farewell): Promise<void> => {
    if (farewell === "when-clients-know") {
      // The agent goes before clients know: it is left to the next agent, which finds it in the record.
      if (!(await ground.announcer.whenKnown())) return;
      if (live.exit() === undefined) await ground.deps.drained(live.launch, released.signal);
      if (released.signal.aborted) return;
    }
    await endProcess(live, ground);
  };

  return {
    begin(live, farewell) {
      const done = retire(live, farewell).finally(() => {
        leaving.delete(live.launch.token);
        ground.deps.onChange();
      });
      leaving.set(live.launch.token, done);
    },
    async atMost(count, signal) {
      while (leaving.size > count && !signal.aborted) await orAborted(Promise.race(leaving.values()), signal);
    },
    count: () => leaving.size,
    async letGo() {
      released.abort();
      await Promise.all(leaving.values());
    },
  };
}
