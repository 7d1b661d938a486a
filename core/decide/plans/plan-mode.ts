import type { ServiceFacts } from "../../model/facts.ts";
import type { Mode } from "../../model/records.ts";
import type { ModeRequest } from "../../model/requests.ts";
import { ok } from "../../model/result.ts";
import { checkFrozen, checkRestored } from "../checks.ts";
import type { PlanContext, Planned } from "./assemble-plan.ts";
import { planEach } from "./plan-each.ts";
import { changeService, noteHands } from "./service-change.ts";

/** How far agents go for these services from now on. What is desired stays as it is. */
export function planMode(facts: readonly ServiceFacts[], { mode, override }: ModeRequest, { now }: PlanContext): Planned {
  return planEach(KINDS[mode], facts, (known) => {
    const { service } = known.facts;
    const before = known.head.value.mode ?? "enforce";
    if (before === mode) return ok({ plan: undefined, checks: [], notes: [`${service} is ${WORDS[mode]} already`] });
    return ok({
      plan: changeService(known, { why: `${WORDS[mode]} from now on (it was ${WORDS[before]})`, after: known.current.state, concerns: () => false, mode }),
      // To let agents act again is a step forward; to hold them back is not.
      checks: [checkFrozen(known.facts, mode === "enforce" ? "forward" : "back", override, now), checkRestored(known.facts)],
      notes: noteHands(known),
    });
  });
}

const WORDS: Readonly<Record<Mode, string>> = { observe: "observed", enforce: "enforced", ejected: "ejected" };
const KINDS = { observe: "observe", enforce: "enforce", ejected: "eject" } as const;
