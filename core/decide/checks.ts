/** The checks that plans share. Each names the facts it rests on, also where it passed. */
import { parseIsoTime } from "../clock.ts";
import type { SeenInstance, ServiceFacts } from "../model/facts.ts";
import { firstFew } from "../model/first-few.ts";
import type { Check, CheckName } from "../model/plan.ts";
import type { Freeze } from "../model/records.ts";
import { isCondemned } from "./current.ts";

/** Which freezes stop an operation: `forward` lets rollbacks and undo pass, `all` lets nothing pass but unfreeze. */
export type Direction = "forward" | "back";

export function checkFrozen(facts: Pick<ServiceFacts, "service" | "head">, direction: Direction, override: boolean, now: number): Check {
  const { service } = facts;
  const freeze = facts.head?.value.freeze;
  if (freeze === undefined) return passed("frozen", service, "not frozen");
  if (hasExpired(freeze, now)) return passed("frozen", service, `its freeze by ${freeze.by} ended at ${freeze.until}`);
  if (freeze.scope === "forward" && direction === "back") return passed("frozen", service, `${describeFreeze(freeze)}, which lets a rollback pass`);
  return stopped("frozen", service, override, `${service} is ${describeFreeze(freeze)}; run "rollpin unfreeze ${service}", or go past it with --override`);
}

/** A freeze whose end has come is none, though it still stands in the head. */
export function hasExpired(freeze: Freeze, now: number): boolean {
  return freeze.until !== undefined && parseIsoTime(freeze.until) <= now;
}

function describeFreeze({ scope, by, at, until, reason }: Freeze): string {
  return `frozen (${scope}) by ${by} since ${at}${until === undefined ? "" : ` until ${until}`}${reason === undefined ? "" : `: ${reason}`}`;
}

/**
 * While agents hold because Consul's state is older than what they applied, no plan reaches them: which of the two is
 * right comes first. No way past it.
 */
export function checkRestored({ service, head, instances }: Pick<ServiceFacts, "service" | "head" | "instances">): Check {
  const holding = instances.filter((seen) => isHeldAsRestored(seen, head?.value.revision ?? 0));
  if (holding.length === 0) return passed("restored", service, "no instance is ahead of Consul");
  const names = holding.map(({ record }) => record.instance).sort();
  const who = firstFew(names, 5);
  return stopped("restored", service, false, `Consul holds an older state of ${service} than ${who} applied, and they obey nothing until that is settled: run "rollpin restore accept ${service}" to go on from Consul's state, or "rollpin restore reassert ${service}" to put back theirs`);
}

/** The code of an instance that holds because Consul knows less than it applied. */
export const RESTORED = "restored";

/** Whether its agent still waits for that word, local pins and crashes beside it or not: one that was settled by a later revision just hasn't reported yet. */
export function isHeldAsRestored({ live, record }: SeenInstance, headRevision: number): boolean {
  return live && record.restored === true && record.revision >= headRevision;
}

/** There is no way past this one: an unregistered version has nothing that could be run or trusted. */
export function checkRegistered({ service, releases }: ServiceFacts, version: string): Check {
  if (releases.has(version)) return passed("registered", service, `${version} is registered`);
  const advice = `run "rollpin release register ${service} ${version}" first; "rollpin release list ${service}" shows what there is`;
  return stopped("registered", service, false, `${version} is not a registered release of ${service}: ${advice}`);
}

export function checkCondemned(facts: ServiceFacts, version: string, override: boolean): Check {
  const { service } = facts;
  if (!isCondemned(facts, version)) return passed("condemned", service, `${version} is not condemned`);
  const verdict = facts.verdicts.get(version)?.value;
  const why = verdict?.reason === undefined ? "" : `: ${verdict.reason}`;
  return stopped("condemned", service, override, `${version} was condemned by ${verdict?.by} at ${verdict?.at}${why}; --override clears that verdict and goes on`);
}

/** Looks at live instances of the tracks that say which artifacts lie beside them. Those that can't tell are no reason to refuse. */
export function checkArtifact({ service, instances }: ServiceFacts, tracks: readonly string[], version: string, override: boolean): Check {
  const telling = instances.flatMap(({ live, record }) => (live && tracks.includes(record.track) && record.artifacts !== undefined ? [record] : []));
  const lacking = telling.filter((record) => record.artifacts?.includes(version) !== true).map((record) => record.instance);
  if (telling.length === 0) return passed("artifact", service, "no live instance reports which artifacts it has");
  if (lacking.length === 0) return passed("artifact", service, `all ${telling.length} live instances that report artifacts have ${version}`);
  const who = firstFew(lacking, 5);
  if (lacking.length < telling.length) return { name: "artifact", service, result: "warned", detail: `${lacking.length} of ${telling.length} live instances lack the artifact of ${version} and will hold: ${who}` };
  return stopped("artifact", service, override, `none of the ${telling.length} live instances that report artifacts has ${version}: ${who}; deploy it there first, or go on with --override`);
}

export function passed(name: CheckName, service: string, detail: string): Check {
  return { name, service, result: "passed", detail };
}

/** A check that was not passed: refused, or gone past where that is allowed and asked for. */
export function stopped(name: CheckName, service: string, override: boolean, detail: string): Check {
  return { name, service, result: override ? "overridden" : "refused", detail };
}
