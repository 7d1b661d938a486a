import { parseWrittenRoutes } from "../config/parse-routes.ts";
import type { WrittenRoutes } from "../config/routes-schema.ts";
import { writeRoutes } from "../config/write-routes.ts";
import { type DesiredState, pinOf, withPart } from "../model/desired.ts";
import { NO_PIN } from "../model/pin.ts";
import type { Check } from "../model/plan.ts";
import { ok } from "../model/result.ts";
import { isCondemned } from "./current.ts";
import type { KnownService } from "./plans/service-change.ts";
import { passed, stopped } from "./checks.ts";
import { writePinFor } from "./routing/edit-routes.ts";

export interface KeptRoutes {
  readonly after: DesiredState;
  readonly check: Check;
}

/**
 * A plan that moves pins leaves no name of a version behind that its service has left: in the routes such a name becomes
 * `pin`. So do versions that a hand left before, and, in routes that an older revision brings back, condemned ones.
 * A failover that was commanded since then stays on: only a failback ends it.
 */
export function keepRoutes(known: KnownService, after: DesiredState, override: boolean): KeptRoutes {
  const { service } = known.facts;
  const { routes } = after;
  const named = versionsToLeave(known, after).filter((version) => namesVersion(routes ?? "", version));
  const failover = commandedFailover(known.current.state.routes, routes);
  const nothing: KeptRoutes = { after, check: passed("routes", service, "no route names a version that is left") };
  if (named.length === 0 && failover === undefined) return nothing;
  const read = routes === undefined ? ok({}) : parseWrittenRoutes(routes, "routes");
  const why = `${named.join(", ")}, which no track is pinned to any more`;
  if (!read.ok) return named.length === 0 ? nothing : { after, check: stopped("routes", service, override, `the routes of ${service} can't be read, and seem to name ${why}; write them anew with "rollpin route set ${service}" first, or go on with --override`) };
  const kept = writePinFor(read.value, new Set(named));
  const text = writeRoutes(routes, failover === undefined ? kept : { ...kept, failover });
  if (text === routes) return nothing;
  const says = [...(named.length === 0 ? [] : [`the routes name ${why}: those names become "pin"`]), ...(failover === undefined ? [] : [`the failover to ${failover.to} stays on: "rollpin failback ${service}" ends it`])];
  return { after: withPart(after, "routes", text), check: { name: "routes", service, result: "warned", detail: says.join("; ") } };
}

/** On now, and not in routes that an older revision brings back. */
function commandedFailover(now: string | undefined, then: string | undefined): WrittenRoutes["failover"] {
  if (now === undefined || now === then || !now.includes("active")) return undefined;
  const read = parseWrittenRoutes(now, "routes");
  return read.ok && read.value.failover?.active === true ? read.value.failover : undefined;
}

function versionsToLeave({ current, facts, head }: KnownService, after: DesiredState): readonly string[] {
  const isBroughtBack = after.routes !== current.state.routes;
  const former = isBroughtBack ? [...facts.verdicts.keys()].filter((version) => isCondemned(facts, version)) : (head.value.left ?? []);
  const pinned = new Set(Object.values(after.pins));
  return [...new Set([...pinsOf(current.state), ...former])].filter((version) => version !== NO_PIN && !pinned.has(version));
}

function pinsOf(state: DesiredState): readonly string[] {
  return Object.keys(state.pins).flatMap((track) => pinOf(state, track) ?? []);
}

/** What stood together before a plan may stand together again: an undo is exact, so it only says what routes still name. */
export function warnOfRoutes(service: string, before: DesiredState, after: DesiredState): Check {
  const pinned = new Set(Object.values(after.pins));
  const named = pinsOf(before).filter((version) => !pinned.has(version) && version !== NO_PIN && namesVersion(after.routes ?? "", version));
  if (named.length === 0) return passed("routes", service, "no route names a version that is left");
  return { name: "routes", service, result: "warned", detail: `the routes of ${service} name ${named.join(", ")} again, which no track is pinned to any more` };
}

/** Whether the text holds the version as a whole token: `1.4.2` is not named by `1.4.20` or `v1.4.2`. */
function namesVersion(text: string, version: string): boolean {
  return text.split(/[^A-Za-z0-9._+-]+/).includes(version);
}
