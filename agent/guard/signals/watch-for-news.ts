import { watchFolder } from "../../../core/store/watch.ts";
import type { SignalDeps } from "../signal.ts";

/** What changes within this comes as one piece of news. */
const REST_MS = 200;

/** Tells the guard as soon as something below the folder has changed. What can't be watched is seen at the next look. */
export function watchForNews(folder: string, { clock, news, random, store, watches }: Pick<SignalDeps, "clock" | "news" | "random" | "store" | "watches">): { close(): Promise<void> } {
  if (!watches) return { close: async () => undefined };
  const over = new AbortController();
  const watching = watchFolder(store, folder, { onReading: () => news(), onFault: () => undefined }, { clock, random, signal: over.signal, restMs: () => REST_MS });
  return {
    async close() {
      over.abort();
      await watching;
    },
  };
}
