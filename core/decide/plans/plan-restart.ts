import type { ServiceFacts } from "../../model/facts.ts";
import type { RestartRequest } from "../../model/requests.ts";
import { ok } from "../../model/result.ts";
import { checkFrozen, checkRestored } from "../checks.ts";
import type { PlanContext, Planned } from "./assemble-plan.ts";
import { planEach } from "./plan-each.ts";
import { changeService, noteHands } from "./service-change.ts";

/** Asks instances to restart what they run. State stays; the revision is how they see the request. */
export function planRestart(facts: readonly ServiceFacts[], { track, override }: RestartRequest, { now }: PlanContext): Planned {
  return planEach("restart", facts, (known) => {
    const { instances, service } = known.facts;
    const asked = instances.filter(({ live, record }) => live && (track === undefined || record.track === track));
    const nobody = asked.length > 0 ? [] : [`${service} has no live instance${track === undefined ? "" : ` of track ${track}`} to restart`];
    return ok({
      plan: changeService(known, {
        why: track === undefined ? "restart every track" : `restart ${track}`,
        after: known.current.state,
        concerns: () => false,
        restart: track === undefined ? {} : { tracks: [track] },
      }),
      checks: [checkFrozen(known.facts, "forward", override, now), checkRestored(known.facts)],
      notes: [...nobody, ...noteHands(known)],
    });
  });
}
