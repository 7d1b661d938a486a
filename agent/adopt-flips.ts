import type { Clock } from "../core/clock.ts";
import { planExternal } from "../core/decide/plans/plan-external.ts";
import { NO_PIN } from "../core/model/pin.ts";
import { type ApplyFault, isConflict } from "../core/operations/apply-fault.ts";
import { applyPlan } from "../core/operations/apply.ts";
import { readReleasesOf } from "../core/operations/read-releases-of.ts";
import type { Store } from "../core/store/port.ts";
import { createSignalFlag } from "./loop/signal-flag.ts";
import type { Flips } from "./loop/resolve-intent.ts";

export interface AdopterDeps {
  readonly store: Store;
  readonly clock: Clock;
  readonly random: () => number;
  readonly service: string;
  readonly instance: string;
  /** Whether this instance itself can do what the flips ask for; one that can't leaves them to others. */
  readonly canObey: () => boolean;
  readonly planSuffix: () => string;
  readonly onAdopted: (revision: number, parts: readonly string[]) => void;
  readonly onFault: (fault: ApplyFault) => void;
}

export interface Adopter {
  consider(flips: Flips): void;
  run(signal: AbortSignal): Promise<void>;
}

/** All agents of a service see a flip at once, and one entry is wanted: whoever waits least writes it, the others see it written. */
const SHORTEST_WAIT_MS = 10;
const LONGEST_WAIT_MS = 200;
const RETRY_MS = 1_000;

/** Writes hand flips into history, so that a flip in Consul's own UI is a first-class change. The flip is obeyed before that. */
export function createAdopter(deps: AdopterDeps): Adopter {
  const flag = createSignalFlag();
  let latest: Flips | undefined;
  return {
    consider(flips) {
      latest = flips;
      flag.raise();
    },
    async run(signal) {
      while (!signal.aborted) {
        await flag.wait(signal);
        await deps.clock.sleep(SHORTEST_WAIT_MS + deps.random() * (LONGEST_WAIT_MS - SHORTEST_WAIT_MS), signal);
        const flips = latest;
        latest = undefined;
        if (flips === undefined || signal.aborted || (await isSettled(deps, flips, signal))) continue;
        latest ??= flips;
        await deps.clock.sleep(RETRY_MS, signal);
        flag.raise();
      }
    },
  };
}

/** False where it is to be tried again. */
async function isSettled(deps: AdopterDeps, flips: Flips, signal: AbortSignal): Promise<boolean> {
  if (!deps.canObey()) return true;
  const { head, desired, accepted, effective } = flips;
  // What is pinned writes its schema, and the head keeps that.
  const releases = await readReleasesOf(deps.store, deps.service, [...new Set(Object.values(effective.state.pins))].filter((version) => version !== NO_PIN), { signal });
  if (!releases.ok) {
    deps.onFault({ kind: "store", fault: releases.fault });
    return false;
  }
  const planned = planExternal({ service: deps.service, head, desired, accepted, releases: releases.value }, effective);
  if (!planned.ok) return true;
  const reason = `${effective.flipped.join(", ")} changed by hand; seen by ${deps.instance}`;
  const applied = await applyPlan(deps.store, planned.value, { by: "external", reason, now: deps.clock.now(), planSuffix: deps.planSuffix() }, { signal });
  if (applied.ok) {
    deps.onAdopted(head.value.revision + 1, effective.flipped);
    return true;
  }
  // A conflict means that another agent, or a newer change, was first: the watch brings it.
  if (isConflict(applied.fault)) return true;
  deps.onFault(applied.fault);
  return false;
}
