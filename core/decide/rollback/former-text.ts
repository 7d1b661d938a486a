import { readPart } from "../../model/desired.ts";
import { ok } from "../../model/result.ts";
import { passed } from "../checks.ts";
import { distinctBefore } from "../walk-back.ts";
import { type FoundTarget, type Search, refuseTarget } from "./target.ts";

/** `--only config|routes` without a version: so many different texts back. */
export function findFormerText({ known, walked }: Search, part: "config" | "routes", steps: number): FoundTarget {
  const { service } = known.facts;
  const present = known.current.state[part];
  const texts = distinctBefore(walked, present, (state) => readPart(state, part));
  const chosen = texts[steps - 1];
  const source = walked.find(({ state }) => chosen !== undefined && state[part] === chosen);
  if (source === undefined) {
    return refuseTarget(service, "target", `the history of ${service} holds ${texts.length === 0 ? "no" : `only ${texts.length}`} other ${part} to go back to`);
  }
  return ok({ version: undefined, source, check: passed("target", service, `revision ${source.revision} has the ${part} that is ${steps} back`), notes: [] });
}
