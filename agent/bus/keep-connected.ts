/** One connection after the other, with a longer and longer pause between those that fail; never two clients at the same moment. */
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
  let pause = LEAST_MS;
  while (!signal.aborted) {
    try {
      const connected = await connect();
      onStanding(undefined);
      pause = LEAST_MS;
      const aborted = new AbortController();
      const stopped = new Promise<string>((resolve) => {
        if (signal.aborted) resolve("");
        signal.addEventListener("abort", () => resolve(""), { once: true, signal: aborted.signal });
      });
      const why = await Promise.race([connected.ended, stopped]);
      aborted.abort();
      await connected.close();
      if (!signal.aborted) onStanding(why);
    } catch (error) {
      if (!signal.aborted) onStanding(error instanceof Error ? error.message : String(error));
    }
    if (signal.aborted) return;
    await clock.sleep(pause * (0.5 + random()), signal);
    pause = Math.min(MOST_MS, pause * 2);
  }
}
