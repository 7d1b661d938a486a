import { type Part, partOfTrack, pinOf, withPart } from "../../model/desired.ts";
import type { ServiceFacts } from "../../model/facts.ts";
import { STABLE, parseTrack, parseVersion } from "../../model/names.ts";
import { NO_PIN } from "../../model/pin.ts";
import type { Check } from "../../model/plan.ts";
import type { PinRequest, UnpinRequest } from "../../model/requests.ts";
import { checkArtifact, checkCondemned, checkFrozen, checkRegistered, checkRestored } from "../checks.ts";
import { checkRequires } from "../group/check-requires.ts";
import { keepRoutes } from "../keep-routes.ts";
import { judgeSchema } from "../schema/judge-schema.ts";
import { noteTraffic } from "../traffic-checks.ts";
import { type PlanContext, type Planned, assemblePlan, nothingToChange, refuseUsage } from "./assemble-plan.ts";
import { type KnownService, changeService, clearVerdict, knownService, noteHands } from "./service-change.ts";

/** Holds one track to a registered version. */
export function planPin(facts: ServiceFacts, request: PinRequest, { now, registry, traffic }: PlanContext): Planned {
  const { track, version, override, withSchema } = request;
  const named = parseVersion(version);
  if (!named.ok) return refuseUsage(named.fault);
  return planTrack(facts, { track, text: version, kind: "pin", override, withSchema }, () => [
    checkFrozen(facts, "forward", override, now),
    checkRestored(facts),
    checkRegistered(facts, version),
    checkCondemned(facts, version, override),
    checkArtifact(facts, [track], version, override),
    // Releases require what stable is pinned to.
    ...(registry === undefined || track !== STABLE ? [] : [checkRequires(registry, facts.service, new Map([[facts.service, version]]), override)]),
  ], (known) => (track === STABLE ? noteTraffic(known, version, traffic?.get(facts.service)) : []));
}

/** Writes `none`: instances of the track run what their agent's local file says. */
export function planUnpin(facts: ServiceFacts, { track, override }: UnpinRequest, { now }: PlanContext): Planned {
  return planTrack(facts, { track, text: NO_PIN, kind: "unpin", override }, () => [checkFrozen(facts, "forward", override, now), checkRestored(facts)]);
}

interface Move {
  readonly track: string;
  readonly text: string;
  readonly kind: "pin" | "unpin";
  readonly override: boolean;
  readonly withSchema?: boolean | undefined;
}

function planTrack(facts: ServiceFacts, { kind, override, text, track, withSchema }: Move, look: () => readonly Check[], note: (known: KnownService) => readonly string[] = () => []): Planned {
  const named = parseTrack(track);
  if (!named.ok) return refuseUsage(named.fault);
  const known = knownService(facts);
  if (!known.ok) return known;
  const part = partOfTrack(track);
  const { current } = known.value;
  if (isAlready(known.value, track, part, text)) return nothingToChange(describeAlready(facts.service, track, text));
  const { after, check } = keepRoutes(known.value, withPart(current.state, part, text), override);
  const { checks, migration } = judgeSchema(known.value, after, [track], { override, withSchema });
  const why = `${kind === "pin" ? `pin ${track} to ${text}` : `unpin ${track}`} (it was ${pinOf(current.state, track) ?? "never pinned"})`;
  return assemblePlan({
    kind,
    services: [changeService(known.value, { why, after, concerns: (other) => other === part, verdicts: clearVerdict(facts, text), migration })],
    checks: [...look(), ...checks, check],
    notes: [...noteHands(known.value), ...note(known.value)],
    ...(migration === undefined ? {} : { migrations: [migration] }),
  });
}

/** A key that can't be obeyed is worth rewriting although what goes on is what was asked for. */
function isAlready({ current }: KnownService, track: string, part: Part, text: string): boolean {
  return pinOf(current.state, track) === text && !current.refused.some((refused) => refused.part === part);
}

function describeAlready(service: string, track: string, text: string): string {
  const which = track === STABLE ? service : `${track} of ${service}`;
  return text === NO_PIN ? `${which} is unpinned already` : `${which} is pinned to ${text} already`;
}
