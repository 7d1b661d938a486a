import { withPart } from "../../model/desired.ts";
import type { ServiceFacts } from "../../model/facts.ts";
import type { ConfigRequest } from "../../model/requests.ts";
import { checkFrozen, checkRestored } from "../checks.ts";
import { type PlanContext, type Planned, assemblePlan, nothingToChange } from "./assemble-plan.ts";
import { changeService, knownService, noteHands } from "./service-change.ts";

/** Replaces or removes a service's settings. */
export function planConfig(facts: ServiceFacts, { text, override }: ConfigRequest, { now }: PlanContext): Planned {
  const known = knownService(facts);
  if (!known.ok) return known;
  const { state, refused } = known.value.current;
  if (state.config === text && !refused.some(({ part }) => part === "config")) {
    return nothingToChange(text === undefined ? `${facts.service} has no config` : `the config of ${facts.service} is this already`);
  }
  const why = text === undefined ? "remove the config" : `set the config (${text.length} characters)`;
  return assemblePlan({
    kind: "config",
    services: [changeService(known.value, { why, after: withPart(state, "config", text), concerns: (part) => part === "config" })],
    checks: [checkFrozen(facts, "forward", override, now), checkRestored(facts)],
    notes: noteHands(known.value),
  });
}
