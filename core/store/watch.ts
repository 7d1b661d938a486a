/**
 * Watch loops over blocking queries. An answer says "look again"; its body is believed when its index advanced and
 * nothing is missing. Anything else (the same, a lower or no index, emptiness, a name that is gone) is read again, from
 * a leader that proves it leads, before anybody hears of it: an election, a restored snapshot and a revoked token all
 * look like that. Always reading again would double the way of every change. The first question after a start or a fault asks
 * such a leader at once: one that came up a moment ago answers others from a log it hasn't replayed yet, state by state.
 */
import type { Clock } from "../clock.ts";
import type { Outcome, StoreFault } from "../model/fault.ts";
import { ok } from "../model/result.ts";
import type { EndpointReading, InstancesReading, Reading, Store } from "./port.ts";
import { fullJitter } from "./watch/back-off.ts";
import { createPace } from "./watch/pace.ts";
import { type Source, endpointSource, folderSource, instancesSource } from "./watch/source.ts";

export interface WatchListener<T> {
  onReading(reading: T): void;
  /** `sinceMs`: how long there has been no good answer. */
  onFault(fault: StoreFault, sinceMs: number): void;
  /** Consul answered, whether or not anything changed. */
  onAlive?(): void;
  /** Consul's index is lower than it was: restored, emptied, another one, or what it remembered of deleted keys was cleared away. */
  onSetBack?(before: number, now: number): void;
  /**
   * Consul may have been put back to an older state since its last answer, in what isn't watched too: its index fell, it didn't
   * answer for a while, or let go of a query though its wait was not over and nothing had changed (Consul: blocking queries end
   * when a snapshot is restored).
   */
  onBreak?(): void;
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
  /** How long to rest after a reading before the next is asked for: what changes meanwhile comes with that. */
  readonly restMs?: (() => number) | undefined;
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

/** The same for all instances, those that don't pass among them. */
export function watchInstances(store: Store, service: string, listener: WatchListener<InstancesReading>, deps: WatchDeps): Promise<void> {
  return watch(instancesSource(store, service), listener, deps);
}

const WAIT_MS = 30_000;
/**
 * Without an index Consul answers at once, or after the 7 s for which it holds a read while it has no leader. So a road that
 * swallows requests without a word costs no more than this once it is known to be bad.
 */
const AT_ONCE_MS = 10_000;
/** Consul waits as long as it is told, or a little longer: this share of it is short by any clock. */
const SHORT = 0.9;

async function watch<T extends { readonly queryIndex: number }>(source: Source<T>, listener: WatchListener<T>, deps: WatchDeps): Promise<void> {
  const { clock, random, restMs, signal, waitMs = WAIT_MS } = deps;
  const pace = createPace(clock);
  let last: T | undefined;
  let afterIndex = 0;
  let failures = 0;
  let aliveAt = clock.monotonic();

  for (;;) {
    await pace.next(signal);
    const askedAt = clock.monotonic();
    const first = await source.block(afterIndex, afterIndex === 0 ? { waitMs, signal, timeoutMs: AT_ONCE_MS, consistency: "consistent" } : { waitMs, signal });
    const isLetGo = afterIndex > 0 && first.ok && first.value.queryIndex === afterIndex && clock.monotonic() - askedAt < SHORT * waitMs;
    const outcome = first.ok ? await believe(source, last, afterIndex, first.value, { signal, count: pace.count }) : first;
    if (signal.aborted || (!outcome.ok && outcome.fault.kind === "aborted")) return;
    if (!outcome.ok) {
      listener.onFault(outcome.fault, clock.monotonic() - aliveAt);
      // Whoever answers next may have started over: an index above Consul's own would wait through every change.
      afterIndex = 0;
      await clock.sleep(fullJitter(outcome.fault, failures, random), signal);
      failures += 1;
      continue;
    }
    aliveAt = clock.monotonic();
    listener.onAlive?.();
    const reading = outcome.value;
    tellOfBreak(listener, { before: afterIndex, now: reading.queryIndex, isLetGo, failures });
    failures = 0;
    afterIndex = reading.queryIndex;
    if (last === undefined || !source.isSame(last, reading)) listener.onReading(reading);
    last = reading;
    if (restMs !== undefined) await clock.sleep(restMs(), signal);
  }
}

function tellOfBreak<T>(listener: WatchListener<T>, { before, failures, isLetGo, now }: { readonly before: number; readonly now: number; readonly isLetGo: boolean; readonly failures: number }): void {
  if (now < before) listener.onSetBack?.(before, now);
  if (now < before || isLetGo || failures > 0) listener.onBreak?.();
}

interface SecondLook {
  readonly signal: AbortSignal;
  /** Each question more is one. */
  readonly count: () => void;
}

/** A reading as it is, or what is read again where it can't be believed. */
async function believe<T extends { readonly queryIndex: number }>(source: Source<T>, last: T | undefined, afterIndex: number, first: T, { count, signal }: SecondLook): Promise<Outcome<T>> {
  const advanced = first.queryIndex > afterIndex;
  if (advanced && !source.isEmpty(first) && source.missing(last, first) === undefined) return ok(first);

  count();
  const second = await source.readAgain({ signal });
  if (!second.ok) return second;
  const doubtful = source.missing(last, second.value) ?? (source.isEmpty(second.value) ? source.anyName : undefined);
  if (doubtful === undefined) return second;

  count();
  const confirmed = await source.confirmGone(doubtful, { signal });
  return confirmed.ok ? second : confirmed;
}
