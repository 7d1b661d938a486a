import type { ServiceFacts } from "../../model/facts.ts";
import type { Check, ServicePlan } from "../../model/plan.ts";
import type { Mode } from "../../model/records.ts";
import type { ModeRequest } from "../../model/requests.ts";
import { checkFrozen, checkRestored } from "../checks.ts";
import { type PlanContext, type Planned, assemblePlan, nothingToChange } from "./assemble-plan.ts";
import { changeService, knownService, noteHands } from "./service-change.ts";

/** How far agents go for these services from now on. What is desired stays as it is. */
export function planMode(facts: readonly ServiceFacts[], { mode, override }: ModeRequest, { now }: PlanContext): Planned {
  const services: ServicePlan[] = [];
  const checks: Check[] = [];
  const notes: string[] = [];
  for (const one of facts) {
    const known = knownService(one);
    if (!known.ok) return known;
    const before = known.value.head.value.mode ?? "enforce";
    if (before === mode) {
      notes.push(`${one.service} is ${WORDS[mode]} already`);
      continue;
    }
    services.push(changeService(known.value, { why: `${WORDS[mode]} from now on (it was ${WORDS[before]})`, after: known.value.current.state, concerns: () => false, mode }));
    // To let agents act again is a step forward; to hold them back is not.
    checks.push(checkFrozen(one, mode === "enforce" ? "forward" : "back", override, now), checkRestored(one));
    notes.push(...noteHands(known.value));
  }
  return services.length === 0 ? nothingToChange(notes.join("; ")) : assemblePlan({ kind: KINDS[mode], services, checks, notes });
}

const WORDS: Readonly<Record<Mode, string>> = { observe: "observed", enforce: "enforced", ejected: "ejected" };
const KINDS = { observe: "observe", enforce: "enforce", ejected: "eject" } as const;
