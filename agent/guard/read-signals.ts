import type { Clock } from "../../core/clock.ts";
import type { Reading, Suspect } from "../../core/model/reading.ts";
import { firstOf } from "../process/first-signal.ts";
import type { Signal } from "./signal.ts";

/** Whoever doesn't answer by then has nothing to say at this look. */
const LIMIT_MS = 10_000;

export type Readings = Readonly<Record<string, Reading>>;

/** All signals at once: none waits for another, and none can hold up the rest. */
export async function readSignals(signals: ReadonlyMap<string, Signal>, suspect: Suspect, clock: Clock, signal: AbortSignal): Promise<Readings> {
  const over = firstOf(signal);
  const late = new Promise<Reading>((resolve) => {
    over.signal.addEventListener("abort", () => resolve({ says: "no-data", summary: `it did not answer within ${LIMIT_MS / 1_000} s`, evidence: [] }), { once: true });
  });
  void clock.sleep(LIMIT_MS, over.signal).then(over.fire);
  const read = await Promise.all([...signals].map(async ([name, one]): Promise<readonly [string, Reading]> => [name, await Promise.race([one.read(suspect, over.signal), late])]));
  over.fire();
  return Object.fromEntries(read);
}

/** How long each signal has had nothing to say of a suspect. */
export interface Silences {
  /** Without signals that have had nothing to say for less than `graceMs`: a version that just started has no figures yet. */
  settle(cause: string, readings: Readings, graceMs: number): Readings;
}

export function createSilences({ monotonic }: Pick<Clock, "monotonic">): Silences {
  let since = new Map<string, number>();
  return {
    settle(cause, readings, graceMs) {
      const now = monotonic();
      const next = new Map([...since].filter(([key]) => !key.startsWith(`${cause} `)));
      const settled = Object.entries(readings).filter(([name, { says }]) => {
        if (says !== "no-data") return true;
        const key = `${cause} ${name}`;
        const began = since.get(key) ?? now;
        next.set(key, began);
        return now - began >= graceMs;
      });
      since = next;
      return Object.fromEntries(settled);
    },
  };
}
