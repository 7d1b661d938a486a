import { withPart } from "../../model/desired.ts";
import type { ServiceFacts } from "../../model/facts.ts";
import { paceText, parsePace } from "../../model/pace.ts";
import type { PaceRequest } from "../../model/requests.ts";
import { checkFrozen, checkRestored } from "../checks.ts";
import { type PlanContext, type Planned, assemblePlan, nothingToChange, refuseUsage } from "./assemble-plan.ts";
import { changeService, knownService, noteHands } from "./service-change.ts";

/** Sets how many instances may be changing at once. It concerns changes to come, and those under way from their next instance on. */
export function planPace(facts: ServiceFacts, { pace, override }: PaceRequest, { now }: PlanContext): Planned {
  const named = parsePace(pace);
  if (!named.ok) return refuseUsage(named.fault);
  const known = knownService(facts);
  if (!known.ok) return known;
  const text = paceText(named.value);
  const { state, refused } = known.value.current;
  if (state.pace === text && !refused.some(({ part }) => part === "pace")) return nothingToChange(`the pace of ${facts.service} is ${text} already`);
  return assemblePlan({
    kind: "pace",
    services: [changeService(known.value, { why: `${state.pace === undefined ? "" : `from ${state.pace} `}to ${text}`, after: withPart(state, "pace", text), concerns: (part) => part === "pace" })],
    checks: [checkFrozen(facts, "forward", override, now), checkRestored(facts)],
    notes: noteHands(known.value),
  });
}
