import type { DesiredKey, DesiredState } from "../model/desired.ts";
import type { ServiceFacts, Stored } from "../model/facts.ts";
import type { Release, Verdict } from "../model/records.ts";
import { type EffectiveState, determineEffective } from "./effective.ts";

/** What the judgement of a service's desired keys rests on. An agent can give it without reading all the facts. */
export interface CurrentFacts {
  readonly service: string;
  readonly desired: readonly DesiredKey[];
  readonly accepted: DesiredState;
  readonly releases: ReadonlyMap<string, Stored<Release>>;
  readonly verdicts: ReadonlyMap<string, Stored<Verdict>>;
}

/** "Current" is the last state that could be obeyed: what was accepted, and hand flips that can be obeyed over it. */
export function determineCurrent(facts: CurrentFacts, prefix = ""): EffectiveState {
  const { service, accepted, desired } = facts;
  return determineEffective({
    service,
    prefix,
    accepted,
    desired,
    isRegistered: (version) => facts.releases.has(version),
    isCondemned: (version) => isCondemned(facts, version),
  });
}

export function isCondemned(facts: Pick<ServiceFacts, "verdicts">, version: string): boolean {
  return facts.verdicts.get(version)?.value.verdict === "condemned";
}

export function isGood(facts: Pick<ServiceFacts, "verdicts">, version: string): boolean {
  return facts.verdicts.get(version)?.value.verdict === "good";
}
