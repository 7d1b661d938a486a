import type { Reading } from "../../../core/store/port.ts";
import { watchFolder } from "../../../core/store/watch.ts";
import type { SignalDeps } from "../signal.ts";

/** What changes within this comes as one piece of news; sooner where few have records. */
const MOST_REST_MS = 200;
const REST_PER_RECORD_MS = 5;

export interface NewsDeps extends Pick<SignalDeps, "clock" | "random" | "store" | "watches"> {
  /** Something below the folder has changed. */
  readonly onReading: (reading: Reading) => void;
}

/** What can't be watched is seen at the next look. */
export function watchForNews(folder: string, { clock, onReading, random, store, watches }: NewsDeps): { close(): Promise<void> } {
  if (!watches) return { close: async () => undefined };
  const over = new AbortController();
  let records = 0;
  const take = (reading: Reading): void => {
    records = reading.entries.length;
    onReading(reading);
  };
  const watching = watchFolder(store, folder, { onReading: take, onFault: () => undefined }, { clock, random, signal: over.signal, restMs: () => Math.min(MOST_REST_MS, records * REST_PER_RECORD_MS) });
  return {
    async close() {
      over.abort();
      await watching;
    },
  };
}
