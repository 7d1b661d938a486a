import { pinOf } from "../../model/desired.ts";
import { STABLE } from "../../model/names.ts";
import { NO_PIN } from "../../model/pin.ts";
import type { Check, ServicePlan } from "../../model/plan.ts";
import { passed, stopped } from "../checks.ts";
import { describeUnmet } from "./describe-way.ts";
import type { GroupVersion, Unmet } from "./group-system.ts";
import type { Registry } from "./registry.ts";
import { createRequirements } from "./requirements.ts";
import { crossingsOf, groupVersion, systemOfRegistry } from "./system-of-registry.ts";

/** Where plans move what stable is pinned to, which is what releases require. */
export function stableMoves(services: readonly ServicePlan[]): ReadonlyMap<string, string> {
  return new Map(services.flatMap(({ after, before, service }) => {
    const version = pinOf(after, STABLE);
    return version === undefined || version === NO_PIN || version === pinOf(before, STABLE) ? [] : [[service, version] as const];
  }));
}

/** Whether releases get on with one another once the named service, and whoever moves with it, is at these versions. */
export function checkRequires(registry: Registry, service: string, moves: ReadonlyMap<string, string>, override: boolean): Check {
  const unmet = unmetAfter(registry, moves);
  if (unmet.length === 0) return passed("requires", service, "every requirement of releases is met");
  const others = [...new Set(unmet.map((one) => (moves.has(one.service) ? one.needs : one.service)))].sort();
  return stopped("requires", service, override, `${unmet.map(describeUnmet).join("; ")}: pin ${others.join(", ")} to what gets on with it first; "rollpin release check ${service} <version>" says what would; or go on with --override`);
}

/** What others that are pinned need of a service, and wouldn't find in this version. */
export function needsBroken(registry: Registry, service: string, version: string): readonly Unmet[] {
  return unmetAfter(registry, new Map([[service, version]])).filter((unmet) => unmet.service !== service);
}

/** Nothing stands in the way of taking something back: it is only told. */
export function warnOfRequires(registry: Registry, service: string, moves: ReadonlyMap<string, string>): Check {
  const unmet = unmetAfter(registry, moves);
  if (unmet.length === 0) return passed("requires", service, "every requirement of releases is met");
  return { name: "requires", service, result: "warned", detail: unmet.map(describeUnmet).join("; ") };
}

/** What wasn't met before between services that stay is left out. */
function unmetAfter(registry: Registry, moves: ReadonlyMap<string, string>): readonly Unmet[] {
  const requirements = createRequirements(systemOfRegistry(registry, { named: new Map() }));
  const moved = new Map(
    [...moves].flatMap(([service, version]): [string, GroupVersion][] => {
      const registered = registry.services.get(service);
      const found = registered === undefined ? undefined : groupVersion(registered, version, crossingsOf(registered));
      return found === undefined ? [] : [[service, found]];
    }),
  );
  return [...moved].flatMap(([service, version]) => [
    ...requirements.unmetWithStaying(service, version, (other) => moved.has(other)),
    ...[...version.requires.keys()].flatMap((other) => requirements.check(service, version, other, moved.get(other)) ?? []),
  ]);
}
