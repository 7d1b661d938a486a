import type { ServiceFacts } from "../../model/facts.ts";
import type { ServicePlan } from "../../model/plan.ts";
import type { RestartRequest } from "../../model/requests.ts";
import { checkFrozen, checkRestored } from "../checks.ts";
import { type PlanContext, type Planned, assemblePlan } from "./assemble-plan.ts";
import { changeService, knownService, noteHands } from "./service-change.ts";

/** Asks instances to restart what they run. State stays; the revision is how they see the request. */
export function planRestart(facts: readonly ServiceFacts[], { track, override }: RestartRequest, { now }: PlanContext): Planned {
  const services: ServicePlan[] = [];
  const notes: string[] = [];
  for (const one of facts) {
    const known = knownService(one);
    if (!known.ok) return known;
    const asked = one.instances.filter(({ live, record }) => live && (track === undefined || record.track === track));
    if (asked.length === 0) notes.push(`${one.service} has no live instance${track === undefined ? "" : ` of track ${track}`} to restart`);
    services.push(
      changeService(known.value, {
        why: track === undefined ? "restart every track" : `restart ${track}`,
        after: known.value.current.state,
        concerns: () => false,
        restart: track === undefined ? {} : { tracks: [track] },
      }),
    );
    notes.push(...noteHands(known.value));
  }
  return assemblePlan({ kind: "restart", services, notes, checks: facts.flatMap((one) => [checkFrozen(one, "forward", override, now), checkRestored(one)]) });
}
