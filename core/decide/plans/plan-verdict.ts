import type { ServiceFacts } from "../../model/facts.ts";
import { parseVersion } from "../../model/names.ts";
import type { VerdictRequest } from "../../model/requests.ts";
import { checkFrozen, checkRegistered } from "../checks.ts";
import { type PlanContext, type Planned, assemblePlan, nothingToChange, refuseUsage } from "./assemble-plan.ts";
import { keepState } from "./keep-state.ts";
import { knownService } from "./service-change.ts";

/** A person's word about a release. It changes nothing that runs. */
export function planVerdict(facts: ServiceFacts, request: VerdictRequest, { now }: PlanContext): Planned {
  const { service, version, verdict, reason, override } = request;
  const named = parseVersion(version);
  if (!named.ok) return refuseUsage(named.fault);
  const known = knownService(facts);
  if (!known.ok) return known;
  const before = facts.verdicts.get(version);
  if (before?.value.verdict === verdict) return nothingToChange(`${version} of ${service} ${verdict === undefined ? "has no verdict" : `is ${verdict} already`}`);
  const after = verdict === undefined ? undefined : { verdict, ...(reason === undefined ? {} : { reason }) };
  const why = verdict === undefined ? `clear the verdict on ${version}` : `call ${version} ${verdict}`;
  const pinned = Object.keys(facts.accepted.pins).filter((track) => facts.accepted.pins[track] === version);
  return assemblePlan({
    kind: "verdict",
    services: [{ ...keepState(known.value, why), verdicts: [{ version, before: before?.value, modifyIndex: before?.modifyIndex, after }] }],
    // A verdict on what is no longer registered may still be cleared.
    checks: [checkFrozen(facts, "back", override, now), ...(verdict === undefined ? [] : [checkRegistered(facts, version)])],
    notes: verdict === "condemned" && pinned.length > 0 ? [`${service} stays pinned to ${version} (${pinned.join(", ")}): nothing restarts because of a verdict; "rollpin rollback ${service}" leaves it`] : [],
  });
}
