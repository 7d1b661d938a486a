/** What an operator's CLI does to a service, without the CLI: registers releases, and pins in one transaction. */
import { systemClock } from "../../../core/clock.ts";
import { planPin } from "../../../core/decide/plans/plan-pin.ts";
import { planRoutes } from "../../../core/decide/plans/plan-routes.ts";
import type { Plan } from "../../../core/model/plan.ts";
import type { Result } from "../../../core/model/result.ts";
import { applyPlan } from "../../../core/operations/apply.ts";
import { gatherFacts } from "../../../core/operations/gather.ts";
import { registerRelease } from "../../../core/operations/register-release.ts";
import type { Store } from "../../../core/store/port.ts";

const BY = "operator@bench";

/** Makes the service known, with these releases. */
export async function registerReleases(store: Store, service: string, versions: readonly string[]): Promise<void> {
  for (const version of versions) valueOf(await registerRelease(store, service, { version }, { by: BY, now: systemClock.now() }));
}

/** Facts and plan, as `rollpin pin` has them before it asks. */
export async function planFlip(store: Store, service: string, version: string, track = "stable"): Promise<Plan> {
  const facts = valueOf(await gatherFacts(store, service, { history: 1 }));
  return valueOf(planPin(facts, { service, track, version, override: false }, { now: systemClock.now() }));
}

/** The same of `rollpin route set`: all of the traffic goes to a version. */
export async function planShare(store: Store, service: string, version: string): Promise<Plan> {
  const facts = valueOf(await gatherFacts(store, service, { history: 1 }));
  return valueOf(planRoutes(facts, { service, text: `split: {${version}: 100}`, override: true }, { now: systemClock.now() }));
}

/** The CLI's transaction; the revision that it made. */
export async function applyFlip(store: Store, plan: Plan): Promise<number> {
  const applied = valueOf(await applyPlan(store, plan, { by: BY, now: systemClock.now(), planSuffix: "aaaaaa" }));
  return applied.services[0]?.revision ?? 0;
}

export async function flip(store: Store, service: string, version: string): Promise<number> {
  return applyFlip(store, await planFlip(store, service, version));
}

export function valueOf<T>(outcome: Result<T, unknown>): T {
  if (outcome.ok) return outcome.value;
  throw new Error(JSON.stringify(outcome.fault));
}
