import { type DesiredState, isPinPart, partsOf, readPart } from "../../model/desired.ts";
import type { ServiceFacts } from "../../model/facts.ts";
import { NO_PIN } from "../../model/pin.ts";
import type { Check, Refusal, ServicePlan } from "../../model/plan.ts";
import type { RememberedRecord } from "../../model/records.ts";
import type { RestoreRequest } from "../../model/requests.ts";
import { type Result, err, ok } from "../../model/result.ts";
import { checkRegistered, isHeldAsRestored, passed } from "../checks.ts";
import { determineCurrent } from "../current.ts";
import { digestOf } from "../digest.ts";
import { type Planned, assemblePlan, nothingToChange, refuseUsage } from "./assemble-plan.ts";
import { writesFor } from "./service-change.ts";

/** A service whose agents are ahead of Consul, with what they left there. */
export interface RestoredFacts {
  readonly facts: ServiceFacts;
  readonly remembered: readonly RememberedRecord[];
}

/**
 * Settles whose word counts after Consul was put back to an older state: a revision above all that any agent applied,
 * which every agent therefore obeys. It holds Consul's own state (`accept`) or the agents' (`reassert`).
 */
export function planRestore(services: readonly RestoredFacts[], request: RestoreRequest): Planned {
  const plans: ServicePlan[] = [];
  const checks: Check[] = [];
  const notes: string[] = [];
  for (const one of services) {
    const { facts } = one;
    if (facts.head === undefined && facts.instances.length === 0 && one.remembered.length === 0) return refuseUsage(`the service ${facts.service} is unknown: Consul has no head and no instance of it, and no agent has left anything it applied`);
    if (!isAhead(one)) {
      notes.push(`no live instance of ${facts.service} is ahead of Consul`);
      continue;
    }
    const chosen = request.choice === "accept" ? consulsState(facts) : agentsState(one, request.revision);
    if (!chosen.ok) return chosen;
    plans.push(settle(one, chosen.value));
    checks.push(chosen.value.check, ...(request.choice === "reassert" ? pinnedIn(chosen.value.state).map((version) => checkRegistered(facts, version)) : []));
    notes.push(...chosen.value.notes, `${facts.service}: verdicts and history that the restored Consul doesn't have are not brought back`);
  }
  return plans.length === 0 ? nothingToChange(notes.join("; ")) : assemblePlan({ kind: "restore", services: plans, checks, notes });
}

function isAhead({ facts, remembered }: RestoredFacts): boolean {
  const revision = facts.head?.value.revision ?? 0;
  return facts.instances.some((seen) => isHeldAsRestored(seen, revision)) || (facts.head === undefined && remembered.length > 0);
}

interface Chosen {
  readonly state: DesiredState;
  readonly why: string;
  readonly check: Check;
  readonly notes: readonly string[];
}

function consulsState(facts: ServiceFacts): Result<Chosen, Refusal> {
  const { service, head } = facts;
  const { state } = determineCurrent(facts);
  if (head === undefined || Object.keys(state.pins).length === 0) {
    return refused(service, `Consul has no pin of ${service} at all, so there is nothing to accept; "rollpin restore reassert ${service}" puts back what its agents applied`);
  }
  return ok({ state, why: `accept Consul's state, revision ${head.value.revision}`, check: passed("target", service, `Consul's own state, as of revision ${head.value.revision}: ${describePins(state)}`), notes: [] });
}

function agentsState({ facts, remembered }: RestoredFacts, revision: number | undefined): Result<Chosen, Refusal> {
  const { service } = facts;
  const newest = revision ?? Math.max(...remembered.map((one) => one.revision));
  const candidates = remembered.filter((one) => one.revision === newest);
  const [first] = candidates;
  if (first === undefined) {
    const have = [...new Set(remembered.map((one) => one.revision))].sort((a, b) => b - a).join(", ");
    return refused(service, have === "" ? `no agent of ${service} has left what it applied under remembered/${service}/ yet: agents do as soon as they may write there; look at their logs, or use "rollpin restore accept ${service}"` : `no agent of ${service} applied revision ${newest}; what they left is of revision ${have}`);
  }
  if (new Set(candidates.map((one) => digestOf(one.state))).size > 1) {
    return refused(service, `agents of ${service} applied different states as revision ${newest} (${candidates.map((one) => `${one.by}: ${describePins(one.state)}`).join("; ")}): accept Consul's state, then pin what is right`);
  }
  const older = [...new Set(remembered.map((one) => one.revision).filter((one) => one < newest))].sort((a, b) => b - a);
  return ok({
    state: first.state,
    why: `reassert what was applied as revision ${newest}`,
    check: passed("target", service, `what ${first.by} applied as revision ${newest}: ${describePins(first.state)}`),
    notes: older.length === 0 ? [] : [`${service}: some agents had applied only revision ${older.join(", ")}; --revision takes that instead`],
  });
}

function settle({ facts, remembered }: RestoredFacts, { state, why }: Chosen): ServicePlan {
  const current = determineCurrent(facts);
  const revisions = [...facts.instances.map(({ record }) => record.revision), ...remembered.map((one) => one.revision)];
  return {
    service: facts.service,
    why,
    ...(facts.head === undefined ? {} : { head: { value: facts.head.value, modifyIndex: facts.head.modifyIndex } }),
    before: current.state,
    after: state,
    recorded: true,
    writes: writesFor(facts, current, { after: state, concerns: () => true }),
    verdicts: [],
    above: Math.max(0, ...revisions),
    settles: [...new Set(remembered.map((one) => digestOf(one.state)))].sort(),
    overrides: [],
  };
}

function pinnedIn(state: DesiredState): readonly string[] {
  const versions = partsOf(state).filter(isPinPart).map((part) => readPart(state, part));
  return [...new Set(versions)].filter((version): version is string => version !== undefined && version !== NO_PIN);
}

function describePins({ pins }: DesiredState): string {
  const named = Object.entries(pins).map(([track, version]) => `${track} ${version}`);
  return named.length === 0 ? "nothing pinned" : named.join(", ");
}

function refused(service: string, message: string): Result<never, Refusal> {
  return err({ kind: "refused", check: "target", service, message });
}
