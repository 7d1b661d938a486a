import { satisfies, valid } from "semver";
import { checkArtifact, checkCondemned, checkFrozen, checkRegistered } from "../../core/decide/checks.ts";
import { determineCurrent } from "../../core/decide/current.ts";
import { needsBroken } from "../../core/decide/group/check-requires.ts";
import { describeUnmet } from "../../core/decide/group/describe-way.ts";
import type { Registry } from "../../core/decide/group/registry.ts";
import { knownService } from "../../core/decide/plans/service-change.ts";
import { judgeSchema } from "../../core/decide/schema/judge-schema.ts";
import { partOfTrack, pinOf, withPart } from "../../core/model/desired.ts";
import type { ServiceFacts } from "../../core/model/facts.ts";
import { STABLE } from "../../core/model/names.ts";
import { NO_PIN } from "../../core/model/pin.ts";

export interface ReleaseCheck {
  readonly name: string;
  readonly service: string;
  readonly result: "passed" | "warned" | "overridden" | "refused";
  readonly detail: string;
}

export interface ReleaseQuestion {
  readonly facts: ServiceFacts;
  /** Facts of the services that the release requires. */
  readonly others: ReadonlyMap<string, ServiceFacts>;
  /** Of all services, where they could be seen: who requires this one. */
  readonly registry: Registry | undefined;
  readonly version: string;
  readonly track: string;
}

/** Whether a version could be pinned now: what `pin` would check, and whether the pins of others meet what it requires. */
export function determineReleaseCheck({ facts, others, registry, version, track }: ReleaseQuestion, now: number): readonly ReleaseCheck[] {
  const { service } = facts;
  const known = knownService(facts);
  const data = known.ok ? judgeSchema(known.value, withPart(known.value.current.state, partOfTrack(track), version), [track], { override: false }).checks : [];
  const broken = registry === undefined || track !== STABLE ? [] : needsBroken(registry, service, version);
  const requires = Object.entries(facts.releases.get(version)?.value.requires ?? {});
  return [
    checkRegistered(facts, version),
    checkCondemned(facts, version, false),
    checkFrozen(facts, "forward", false, now),
    checkArtifact(facts, [track], version, false),
    ...data,
    ...requires.map(([other, range]) => checkRequired(other, range, others.get(other))),
    ...broken.map((unmet): ReleaseCheck => ({ name: "requires", service: unmet.service, result: "refused", detail: `${describeUnmet(unmet)}: pin ${unmet.service} to a version that gets on with it first` })),
  ];
}

/** A pin that isn't semver can't be compared: nobody knows, which is a warning and no refusal. */
function checkRequired(service: string, range: string, facts: ServiceFacts | undefined): ReleaseCheck {
  const check = (result: ReleaseCheck["result"], detail: string): ReleaseCheck => ({ name: "requires", service, result, detail });
  if (facts?.head === undefined) return check("refused", `it requires ${service} ${range}, and ${service} is unknown`);
  const pin = pinOf(determineCurrent(facts).state, STABLE);
  if (pin === undefined || pin === NO_PIN) return check("warned", `it requires ${service} ${range}, and ${service} is not pinned`);
  if (valid(pin) === null) return check("warned", `it requires ${service} ${range}, and ${service} is pinned to ${pin}, which is no semver version`);
  if (satisfies(pin, range)) return check("passed", `${service} is pinned to ${pin}, which meets ${range}`);
  return check("refused", `it requires ${service} ${range}, and ${service} is pinned to ${pin}: pin ${service} to a version that meets it first`);
}
