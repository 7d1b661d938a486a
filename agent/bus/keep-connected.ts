/** One connection after the other, with a longer and longer pause between those that fail; never two clients at the same moment. */
import { doubled } from "../../core/decide/doubled.ts";
import { messageOf } from "../../core/model/message-of.ts";
import { orAborted } from "../process/first-signal.ts";
import type { BusDeps } from "./bus.ts";

export interface Connected {
  /** Resolves with why, when it has ended. */
  readonly ended: Promise<string>;
  close(): Promise<void>;
}

const LEAST_MS = 250;
const MOST_MS = 15_000;

/** `connect` resolves once messages come. */
export async function keepConnected({ clock, onStanding, random }: Pick<BusDeps, "clock" | "onStanding" | "random">, connect: () => Promise<Connected>, signal: AbortSignal): Promise<void> {
  for (let failed = 0; !signal.aborted; failed += 1) {
    try {
      const connected = await connect();
      onStanding(undefined);
      failed = 0;
      await orAborted(connected.ended, signal);
      await connected.close();
      if (!signal.aborted) onStanding(await connected.ended);
    } catch (error) {
      if (!signal.aborted) onStanding(messageOf(error));
    }
    await clock.sleep(doubled(LEAST_MS, failed, MOST_MS) * (0.5 + random()), signal);
  }
}
