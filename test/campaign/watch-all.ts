import { headSchema } from "../../core/model/records.ts";
import { desiredRoot, headKey, partKey } from "../../core/store/keys.ts";
import type { Entry, Store } from "../../core/store/port.ts";
import type { View } from "./checks/torn-views.ts";

export interface Watcher {
  /** Answers until now, whether or not they brought anything new. */
  answers(): number;
  latest(): View;
  /** What it saw, in order; the same twice in a row counts once. */
  seen(): readonly View[];
  /** Resolves once its signal has fired; rejects where a query fails before. */
  readonly ended: Promise<void>;
}

/** Longer than any pause between two plans. */
const WAIT_MS = 30_000;

/** One blocking query after the other over the desired state of all services at once, believing whatever answers. Ends with the signal. */
export function watchAll(store: Store, services: readonly string[], signal: AbortSignal): Watcher {
  const seen: View[] = [];
  let answers = 0;
  let last = "";
  const watch = async (): Promise<void> => {
    for (let index = 0; !signal.aborted; ) {
      const reading = await store.block(desiredRoot, index, { waitMs: WAIT_MS, signal });
      if (signal.aborted) return;
      if (!reading.ok) throw new Error(`a watcher's query failed: ${JSON.stringify(reading.fault)}`);
      index = reading.value.queryIndex;
      answers += 1;
      const view = viewOf(reading.value.entries, services);
      const text = JSON.stringify(view);
      if (text !== last) seen.push(view);
      last = text;
    }
  };
  return { answers: () => answers, latest: () => seen.at(-1) ?? {}, seen: () => seen, ended: watch() };
}

function viewOf(entries: readonly Entry[], services: readonly string[]): View {
  const texts = new Map(entries.map(({ key, value }) => [key, Buffer.from(value).toString()]));
  return Object.fromEntries(services.map((service) => {
    const head = headSchema.parse(JSON.parse(texts.get(headKey(service)) ?? "null"));
    return [service, { revision: head.revision, pin: texts.get(partKey(service, "pin")) ?? "" }];
  }));
}
