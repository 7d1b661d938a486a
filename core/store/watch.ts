/**
 * Watch loops over blocking queries. An answer says "look again"; its body is believed when its index advanced and
 * nothing is missing. Anything else (the same, a lower or no index, emptiness, a name that is gone) is read again, from
 * a leader that proves it leads, before anybody hears of it: an election, a restored snapshot and a revoked token all
 * look like that. Always reading again would double the way of every change. The first question after a start or a fault asks
 * such a leader at once: one that came up a moment ago answers others from a log it hasn't replayed yet, state by state.
 */
import type { Clock } from "../clock.ts";
import type { Outcome, StoreFault } from "../model/fault.ts";
import type { EndpointReading, Reading, Store } from "./port.ts";
import { fullJitter } from "./watch/back-off.ts";
import { createPace } from "./watch/pace.ts";
import { type Source, endpointSource, folderSource } from "./watch/source.ts";

export interface WatchListener<T> {
  onReading(reading: T): void;
  /** `sinceMs`: how long there has been no good answer. */
  onFault(fault: StoreFault, sinceMs: number): void;
  /** Consul answered, whether or not anything changed. */
  onAlive?(): void;
  /** Consul's index is lower than it was: restored, emptied, another one, or what it remembered of deleted keys was cleared away. */
  onSetBack?(before: number, now: number): void;
}
export type FolderListener = WatchListener<Reading>;
export type EndpointListener = WatchListener<EndpointReading>;

export interface WatchDeps {
  readonly clock: Clock;
  /** 0 up to, not including, 1. */
  readonly random: () => number;
  readonly signal: AbortSignal;
  /** Bounds every blindness of a parked query; 30 s unless given. */
  readonly waitMs?: number | undefined;
}

/**
 * Delivers the first reading and every one that differs from the one before; ends when the signal fires or the store is
 * closed. Rejects with whatever a listener throws: that is a bug, and the loop doesn't go on as if nothing had been lost.
 */
export function watchFolder(store: Store, folder: string, listener: FolderListener, deps: WatchDeps): Promise<void> {
  return watch(folderSource(store, folder), listener, deps);
}

/** The same for the passing instances of a Consul service. A token without permission reads as no instances: Consul 1.8 gives no way to tell. */
export function watchEndpoints(store: Store, service: string, listener: EndpointListener, deps: WatchDeps): Promise<void> {
  return watch(endpointSource(store, service), listener, deps);
}

const WAIT_MS = 30_000;
/**
 * Without an index Consul answers at once, or after the 7 s for which it holds a read while it has no leader. So a road that
 * swallows requests without a word costs no more than this once it is known to be bad.
 */
const AT_ONCE_MS = 10_000;

async function watch<T extends { readonly queryIndex: number }>(source: Source<T>, listener: WatchListener<T>, deps: WatchDeps): Promise<void> {
  const { clock, random, signal, waitMs = WAIT_MS } = deps;
  const pace = createPace(clock);
  let last: T | undefined;
  let afterIndex = 0;
  let failures = 0;
  let aliveAt = clock.monotonic();

  for (;;) {
    await pace.next(signal);
    const outcome = await look(source, last, afterIndex, { waitMs, signal }, pace.count);
    if (signal.aborted || (!outcome.ok && outcome.fault.kind === "aborted")) return;
    if (!outcome.ok) {
      listener.onFault(outcome.fault, clock.monotonic() - aliveAt);
      // Whoever answers next may have started over: an index above Consul's own would wait through every change.
      afterIndex = 0;
      await clock.sleep(fullJitter(outcome.fault, failures, random), signal);
      failures += 1;
      continue;
    }
    failures = 0;
    aliveAt = clock.monotonic();
    listener.onAlive?.();
    const reading = outcome.value;
    if (reading.queryIndex < afterIndex) listener.onSetBack?.(afterIndex, reading.queryIndex);
    afterIndex = reading.queryIndex;
    if (last === undefined || !source.isSame(last, reading)) listener.onReading(reading);
    last = reading;
  }
}

interface Limits {
  readonly waitMs: number;
  readonly signal: AbortSignal;
}

/** One round: a blocking query, and the second look where the first can't be believed. */
async function look<T extends { readonly queryIndex: number }>(source: Source<T>, last: T | undefined, afterIndex: number, limits: Limits, count: () => void): Promise<Outcome<T>> {
  const first = await source.block(afterIndex, afterIndex === 0 ? { ...limits, timeoutMs: AT_ONCE_MS, consistency: "consistent" } : limits);
  if (!first.ok) return first;
  const advanced = first.value.queryIndex > afterIndex;
  if (advanced && !source.isEmpty(first.value) && source.missing(last, first.value) === undefined) return first;

  count();
  const second = await source.readAgain({ signal: limits.signal });
  if (!second.ok) return second;
  const doubtful = source.missing(last, second.value) ?? (source.isEmpty(second.value) ? source.anyName : undefined);
  if (doubtful === undefined) return second;

  count();
  const confirmed = await source.confirmGone(doubtful, { signal: limits.signal });
  return confirmed.ok ? second : confirmed;
}
