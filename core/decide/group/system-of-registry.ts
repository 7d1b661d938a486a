import { determineCrossing, isAllowed } from "../schema/crossing.ts";
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
  const versionOf = (version: string): GroupVersion[] => {
    const registered = service.releases.get(version);
    return registered === undefined ? [] : [{ version, requires: new Map(Object.entries(registered.release.requires ?? {})), isGood: service.verdicts.get(version) === "good" }];
  };
  return {
    current: service.pin === undefined ? undefined : versionOf(service.pin)[0],
    get candidates() {
      return (candidates ??= (named ?? movable(service, allowed)).flatMap(versionOf));
    },
  };
}

/** Newest first. */
function movable({ pin, releases, schema, verdicts }: RegisteredService, { condemned = false, newer = false, withSchema = false }: Allowed): readonly string[] {
  const registeredAt = (version: string): number | undefined => releases.get(version)?.registeredAt;
  const others = [...releases.keys()].filter((version) => version !== pin && (condemned || verdicts.get(version) !== "condemned") && (newer || pin === undefined || compareVersions(version, pin, registeredAt) < 0));
  if (schema === undefined) return newestFirst(others, registeredAt);
  const ground = { today: schema, irreversible: irreversibleSteps([...releases.values()].map(({ release }) => release)) };
  const works = (version: string): boolean => {
    const release = releases.get(version)?.release;
    return release !== undefined && isAllowed(determineCrossing(ground, release), withSchema);
  };
  return newestFirst(others.filter(works), registeredAt);
}
