import type { Clock } from "../../core/clock.ts";
import { type StoreFault, describeStoreFault } from "../../core/model/fault.ts";
import { desiredFolder, headKey } from "../../core/store/keys.ts";
import type { Entry, Store } from "../../core/store/port.ts";
import { type FolderListener, watchFolder } from "../../core/store/watch.ts";
import { type Remembered, type Self, rememberedIntent, restoredHold } from "./determine-intent.ts";
import { type HoldReason, type Intent, STARTING } from "./intent.ts";
import { type Flips, type IntentResolver, type Unresolved, createIntentResolver } from "./resolve-intent.ts";
import { type SignalFlag, createSignalFlag } from "./signal-flag.ts";

export interface DesiredDeps {
  readonly store: Store;
  readonly self: Self;
  readonly clock: Clock;
  readonly random: () => number;
  /** What was applied last; read whenever an intent is resolved. */
  readonly remembered: () => Remembered | undefined;
  /** A new intent stands. */
  readonly onIntent: (intent: Intent) => void;
  /** A hand changed keys, and they are obeyed: history doesn't know yet. */
  readonly onFlips: (flips: Flips) => void;
  /** Pins name versions that aren't registered: told as long as they do. */
  readonly onUnregistered: (versions: readonly string[]) => void;
  /** Every answer of the watch that had something to look at. */
  readonly onWakeUp: () => void;
  /** Consul answered, or stopped answering. */
  readonly onContact: (fault: StoreFault | undefined) => void;
  /** Consul's index went back. */
  readonly onSetBack: (before: number, now: number) => void;
  /** Consul may have been put back to an older state. */
  readonly onBreak: () => void;
  /** There is no head, and never was one here: create it. */
  readonly createHead: (signal: AbortSignal) => Promise<void>;
}

export interface DesiredFollower {
  intent(): Intent;
  /** Monotonic milliseconds at which Consul last vouched for the view. */
  confirmedAt(): number | undefined;
  /** Judge what stands there once more, such as after a release was registered here. */
  lookAgain(): void;
  run(signal: AbortSignal): Promise<void>;
}

/** How long a start waits for Consul's first answer before it starts from what is remembered. */
const FIRST_ANSWER_MS = 1_500;
/** What could not be resolved, and pins that name an unregistered version, are looked at again after this. */
const LOOK_AGAIN_MS = 2_000;

/** Keeps the intent true to Consul: ONE recursive watch, and one resolution at a time, of the latest reading. */
export function followDesired(deps: DesiredDeps): DesiredFollower {
  const resolver = createIntentResolver(deps.store, deps.self);
  const fresh = createSignalFlag();
  const state: FollowState = { intent: { kind: "unknown", hold: { code: STARTING, message: "Consul has not answered yet; nothing is started and nothing is stopped" } }, latest: undefined, confirmed: undefined };
  return {
    intent: () => state.intent,
    confirmedAt: () => state.confirmed,
    lookAgain: () => fresh.raise(),
    async run(signal) {
      const watching = watchFolder(deps.store, desiredFolder(deps.self.service), listenerFor(deps, state, fresh), { clock: deps.clock, random: deps.random, signal });
      void startFromMemory(deps, state, signal);
      let again = false;
      while (!signal.aborted) {
        await fresh.wait(signal, again ? LOOK_AGAIN_MS : undefined);
        if (!signal.aborted) again = await resolveLatest(deps, resolver, state, signal);
      }
      await watching;
    },
  };
}

interface FollowState {
  intent: Intent;
  /** What the watch answered last. */
  latest: readonly Entry[] | undefined;
  confirmed: number | undefined;
}

function listenerFor(deps: DesiredDeps, state: FollowState, fresh: SignalFlag): FolderListener {
  return {
    onFault(fault) {
      deps.onContact(fault);
      hold(deps, state, { code: fault.kind, message: `${describeStoreFault(fault)}; this instance holds what it runs` });
    },
    onAlive() {
      state.confirmed = deps.clock.monotonic();
      deps.onContact(undefined);
      // What was held for Consul's silence only is looked at again.
      if (state.intent.kind !== "consul" || state.intent.hold !== undefined) fresh.raise();
    },
    onSetBack: (before, now) => deps.onSetBack(before, now),
    onBreak: () => deps.onBreak(),
    onReading(reading) {
      state.latest = reading.entries;
      deps.onWakeUp();
      fresh.raise();
    },
  };
}

/** An agent that starts without Consul starts from what it remembers. */
async function startFromMemory(deps: DesiredDeps, state: FollowState, signal: AbortSignal): Promise<void> {
  await deps.clock.sleep(FIRST_ANSWER_MS, signal);
  if (state.intent.kind === "unknown" && state.latest === undefined) hold(deps, state, { code: "unanswered", message: "Consul has not answered yet; this instance runs what it ran last" });
}

function hold(deps: DesiredDeps, state: FollowState, reason: HoldReason): void {
  const { intent } = state;
  settle(deps, state, intent.kind === "unknown" ? rememberedIntent(deps.remembered(), deps.self, reason) : { ...intent, hold: reason });
}

function settle(deps: DesiredDeps, state: FollowState, next: Intent): void {
  state.intent = next;
  deps.onIntent(next);
}

/** Resolves the latest reading; answers whether it must be looked at again though nothing wakes this watch. */
async function resolveLatest(deps: DesiredDeps, resolver: IntentResolver, state: FollowState, signal: AbortSignal): Promise<boolean> {
  if (state.latest === undefined) return false;
  const resolved = await resolver.resolve(state.latest, deps.remembered(), signal);
  if (signal.aborted) return false;
  if (!resolved.ok) return onUnresolved(deps, state, resolved.fault, signal);
  const { flips, intent, unregistered } = resolved.value;
  settle(deps, state, intent);
  if (flips !== undefined) deps.onFlips(flips);
  if (unregistered.length > 0) deps.onUnregistered(unregistered);
  // A release may be registered, or a verdict cleared, meanwhile.
  return intent.refused.length > 0;
}

async function onUnresolved(deps: DesiredDeps, state: FollowState, fault: Unresolved, signal: AbortSignal): Promise<boolean> {
  const isNew = fault.kind === "absent" && deps.remembered() === undefined && state.intent.kind !== "consul";
  if (isNew) await deps.createHead(signal);
  else hold(deps, state, fault.kind === "hold" ? fault.hold : headless(deps));
  return true;
}

function headless({ remembered, self, store }: DesiredDeps): HoldReason {
  const key = `${store.prefix}/${headKey(self.service)}`;
  return restoredHold(undefined, remembered(), key, self.service) ?? vanished(key);
}

function vanished(key: string): HoldReason {
  return { code: "vanished", message: `${key} is gone, and emptiness is not believed: this instance holds what it runs; restore the key (or Consul), or check what the agent's token may read` };
}
