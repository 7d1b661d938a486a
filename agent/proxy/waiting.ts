import { setMaxListeners } from "node:events";
import type { Clock } from "../../core/clock.ts";
import { firstOf } from "../process/first-signal.ts";

/** What requests that find no upstream wait for, any number of them. */
export interface Waiting {
  /** All that wait may look again. */
  turn(): void;
  /** Resolves at the next turn, after `ms`, or when the signal fires. */
  readonly changed: (signal: AbortSignal, ms: number) => Promise<void>;
}

export function createWaiting(clock: Clock): Waiting {
  let turned = withoutWarning();
  return {
    turn() {
      turned.abort();
      turned = withoutWarning();
    },
    async changed(signal, ms) {
      const woken = firstOf(signal, turned.signal);
      await clock.sleep(ms, woken.signal);
      woken.release();
    },
  };
}

/** Node warns of more than ten listeners. */
function withoutWarning(): AbortController {
  const controller = new AbortController();
  setMaxListeners(0, controller.signal);
  return controller;
}
