import type { Clock } from "../../core/clock.ts";
import { livingOwner } from "../files/state-lock.ts";
import type { LocalPinOutcome } from "./local-pin.ts";
import { readOutcome } from "./pin-file.ts";

export interface Awaited {
  /** `waiting`: nothing came of it so far. */
  readonly kind: LocalPinOutcome["outcome"] | "waiting";
  readonly message: string;
}

const LOOK_EVERY_MS = 50;

/** What the agent writes down about the pin with that id. `timeout` in milliseconds. */
export async function awaitOutcome(folder: string, id: string, { clock, signal, timeout }: { readonly clock: Clock; readonly timeout: number; readonly signal: AbortSignal }): Promise<Awaited> {
  const end = clock.monotonic() + timeout;
  for (;;) {
    // Before the file is read: an agent that ends may have written just now.
    const lives = (await livingOwner(folder)) !== undefined;
    const found = await readOutcome(folder, id);
    if (found !== undefined) return { kind: found.outcome, message: found.message };
    if (!lives) return { kind: "waiting", message: "the agent ended meanwhile; its next start goes on" };
    if (signal.aborted) return { kind: "waiting", message: "the waiting was broken off" };
    if (clock.monotonic() >= end) return { kind: "waiting", message: `the agent said nothing within ${timeout} ms` };
    await clock.sleep(LOOK_EVERY_MS, signal);
  }
}
