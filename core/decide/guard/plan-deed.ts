import { type DesiredState, pinOf } from "../../model/desired.ts";
import type { ServiceFacts } from "../../model/facts.ts";
import { STABLE } from "../../model/names.ts";
import type { Plan, Refusal } from "../../model/plan.ts";
import type { Suspect } from "../../model/reading.ts";
import type { RollbackRequest } from "../../model/requests.ts";
import { type Result, err, ok } from "../../model/result.ts";
import { isGood } from "../current.ts";
import type { PlanContext, Planned } from "../plans/assemble-plan.ts";
import { planFreeze } from "../plans/plan-freeze.ts";
import { planRollback } from "../plans/plan-rollback.ts";
import { planFailover, planShift } from "../plans/plan-routes.ts";
import type { Chosen } from "./choose-deed.ts";

export interface NotPlanned {
  /** `again`: somebody else changed it, and what was found may be over. */
  readonly kind: "again" | "refused";
  readonly code: string;
  readonly message: string;
}

/** The rollback that the policy asks for, as a person would. It condemns what it leaves. */
export function rollbackRequest({ service, track }: Suspect, { strategy, to }: Pick<Chosen, "strategy" | "to">, reason: string): RollbackRequest {
  return { services: [service], track, target: to === undefined ? { kind: "default" } : { kind: "version", text: to }, condemn: true, override: false, reason, ...(strategy === undefined ? {} : { strategy }) };
}

/** `facts`: the suspect's service first, then those that go along. What would go to a release that isn't called good is refused. */
export function planDeed(suspect: Suspect, chosen: Chosen, facts: readonly ServiceFacts[], context: PlanContext, reason: string): Result<Plan, NotPlanned> {
  const [own] = facts;
  if (own === undefined) throw new Error("a deed was planned without facts");
  const planned = planOf(suspect, chosen, own, facts, context, reason);
  if (!planned.ok) return err(notPlanned(planned.fault));
  const unproven = findUnproven(planned.value, suspect, chosen, facts);
  return unproven === undefined ? ok(planned.value) : err({ kind: "refused", code: "not-good", message: unproven });
}

function planOf(suspect: Suspect, chosen: Chosen, own: ServiceFacts, facts: readonly ServiceFacts[], context: PlanContext, reason: string): Planned {
  const { service, track } = suspect;
  switch (chosen.deed) {
    case "rollback":
      return planRollback(facts, rollbackRequest(suspect, chosen, reason), context);
    case "shift":
      return shiftOff(suspect, own, context);
    case "failover":
      return planFailover(own, { service, active: true, to: chosen.to, override: false }, context);
    case "freeze":
      return planFreeze([own], { services: [service], scope: "forward", until: undefined, reason }, context);
    case "pause":
    case "page":
      throw new Error(`${chosen.deed} of ${service} (${track}) changes nothing, and was to be planned`);
  }
}

/** Off another track than `stable`: back to the pin. Off the pin itself: to the baseline, where that runs. */
function shiftOff({ baseline, service, track, version }: Suspect, own: ServiceFacts, context: PlanContext): Planned {
  if (track !== STABLE) return planShift(own, { service, override: false }, context);
  if (baseline === undefined) return err({ kind: "refused", check: "target", service, message: `traffic of ${service} can't be shifted off ${version}: its history names no other version to shift it to` });
  return planShift(own, { service, to: { name: baseline, percentage: 100 }, away: true, override: false }, context);
}

function notPlanned(refusal: Refusal): NotPlanned {
  const { message } = refusal;
  switch (refusal.kind) {
    case "conflict":
      return { kind: "again", code: "conflict", message };
    case "refused":
      return { kind: "refused", code: refusal.check, message };
    case "usage":
    case "nothing-to-change":
      return { kind: "refused", code: refusal.kind, message };
  }
}

/** A sentence for the first release that would be gone to, or given traffic, and that nobody called good. */
function findUnproven({ services }: Plan, { baseline, service, track }: Suspect, { deed }: Chosen, facts: readonly ServiceFacts[]): string | undefined {
  const goneTo = deed === "rollback" ? services.flatMap(({ after, before, service: name }) => pinsChanged(before, after).map((version) => ({ name, version }))) : [];
  const shiftedTo = deed === "shift" && baseline !== undefined ? [{ name: service, version: track === STABLE ? baseline : (pinOf(facts[0]?.accepted ?? { pins: {} }, STABLE) ?? baseline) }] : [];
  const unproven = [...goneTo, ...shiftedTo].find(({ name, version }) => !isGoodOf(facts, name, version));
  if (unproven === undefined) return undefined;
  const { name, version } = unproven;
  return `${name} would go to ${version}, which is not called good, and the guard goes to nothing that isn't: look yourself, then "rollpin rollback ${service}"; a release is good once it ran well for its bake time, or a person says so`;
}

function isGoodOf(facts: readonly ServiceFacts[], service: string, version: string): boolean {
  const one = facts.find((each) => each.service === service);
  return one !== undefined && isGood(one, version);
}

function pinsChanged(before: DesiredState, after: DesiredState): readonly string[] {
  return Object.keys(after.pins).flatMap((track) => {
    const version = pinOf(after, track);
    return version === undefined || version === pinOf(before, track) ? [] : [version];
  });
}
