import { type Crossing, determineCrossing, isAllowed, stepCount } from "../schema/crossing.ts";
import { irreversibleSteps } from "../schema/schema-ground.ts";
import { compareVersions, newestFirst } from "../version-order.ts";
import type { GroupService, GroupSystem, GroupVersion } from "./group-system.ts";
import type { RegisteredService, Registry } from "./registry.ts";

export interface Allowed {
  /** Versions that the named services may go to, best first. */
  readonly named: ReadonlyMap<string, readonly string[]>;
  /** What services that go along may be moved to besides older versions that aren't condemned. */
  readonly condemned?: boolean;
  readonly newer?: boolean;
  /** Whether data may be migrated back for them. */
  readonly withSchema?: boolean;
}

export function systemOfRegistry({ services }: Registry, allowed: Allowed): GroupSystem {
  return { services: new Map([...services].map(([name, service]) => [name, groupService(service, allowed.named.get(name), allowed)])) };
}

/** Most services are never asked for what they could be moved to. */
function groupService(service: RegisteredService, named: readonly string[] | undefined, allowed: Allowed): GroupService {
  let candidates: readonly GroupVersion[] | undefined;
  return {
    current: service.pin === undefined ? undefined : groupVersion(service, service.pin, NO_CROSSING),
    get candidates() {
      return (candidates ??= candidatesOf(service, named, allowed));
    },
  };
}

function candidatesOf(service: RegisteredService, named: readonly string[] | undefined, allowed: Allowed): readonly GroupVersion[] {
  const crossing = crossingsOf(service);
  return (named ?? movable(service, allowed, crossing)).flatMap((version) => groupVersion(service, version, crossing) ?? []);
}

type CrossingTo = (version: string) => Crossing;

const NO_CROSSING: CrossingTo = () => ({ kind: "none" });

/** What lies between a service's data and each of its versions. */
export function crossingsOf({ releases, schema }: RegisteredService): CrossingTo {
  if (schema === undefined) return NO_CROSSING;
  const ground = { today: schema, irreversible: irreversibleSteps([...releases.values()].map(({ release }) => release)) };
  return (version) => {
    const registered = releases.get(version);
    return registered === undefined ? { kind: "none" } : determineCrossing(ground, registered.release);
  };
}

/** Undefined where it isn't registered. */
export function groupVersion({ releases, verdicts }: RegisteredService, version: string, crossing: CrossingTo): GroupVersion | undefined {
  const registered = releases.get(version);
  if (registered === undefined) return undefined;
  return { version, requires: new Map(Object.entries(registered.release.requires ?? {})), isGood: verdicts.get(version) === "good", steps: stepCount(crossing(version)) };
}

/** Newest first. */
function movable(service: RegisteredService, { condemned = false, newer = false, withSchema = false }: Allowed, crossing: CrossingTo): readonly string[] {
  const { pin, releases, verdicts } = service;
  const registeredAt = (version: string): number | undefined => releases.get(version)?.registeredAt;
  const others = [...releases.keys()].filter((version) => version !== pin && (condemned || verdicts.get(version) !== "condemned") && (newer || pin === undefined || compareVersions(version, pin, registeredAt) < 0));
  return newestFirst(others.filter((version) => isAllowed(crossing(version), withSchema)), registeredAt);
}
