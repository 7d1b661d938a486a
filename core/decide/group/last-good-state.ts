import { parseIsoTime } from "../../clock.ts";
import { pinOf } from "../../model/desired.ts";
import type { Revision } from "../../model/records.ts";
import { STABLE } from "../../model/names.ts";
import { isAllowed } from "../schema/crossing.ts";
import type { GroupSystem, GroupVersion, Moves } from "./group-system.ts";
import { isWay } from "./narrow.ts";
import type { RegisteredService, Registry } from "./registry.ts";
import { createRequirements } from "./requirements.ts";
import { crossingsOf, groupVersion } from "./system-of-registry.ts";

/** What each of a cluster's services was at, newest first. */
export type Histories = ReadonlyMap<string, readonly Revision[]>;

export interface GoodState {
  /** Since when, milliseconds since the epoch. */
  readonly at: number;
  readonly moves: Moves;
}

export interface Wanted {
  /** What the named services may go to: each of them moves. */
  readonly named: ReadonlyMap<string, readonly string[]>;
  readonly withSchema: boolean;
}

/**
 * The last state of a cluster in which all of its services were at good releases whose requirements were met, together and
 * by the services outside of it as they are now, and whose data need no migration that isn't allowed. `moves` are those that
 * are at something else now. Undefined where the kept histories hold none.
 */
export function findLastGoodState(registry: Registry, system: GroupSystem, histories: Histories, wanted: Wanted): GoodState | undefined {
  const requirements = createRequirements(system);
  const walks = [...histories].map(([service, history]) => createWalk(registry.services.get(service), service, history, wanted.withSchema));
  for (const at of momentsOf(histories)) {
    const moves = movesTo(system, walks, at);
    if (moves === undefined || ![...wanted.named].every(([service, versions]) => versions.includes(moves.get(service)?.version ?? ""))) continue;
    if (isWay({ system, requirements, needs: new Map() }, moves)) return { at, moves };
  }
  return undefined;
}

/** Every time at which something changed, newest first. */
function momentsOf(histories: Histories): readonly number[] {
  const times = new Set([...histories.values()].flatMap((entries) => entries.map(({ at }) => parseIsoTime(at))));
  return [...times].sort((a, b) => b - a);
}

/** Undefined where one of them wasn't at a good release then, or nobody knows what it was at. */
function movesTo(system: GroupSystem, walks: readonly Walk[], at: number): Moves | undefined {
  const moves = new Map<string, GroupVersion>();
  for (const { goodAt, service } of walks) {
    const good = goodAt(at);
    if (good === undefined) return undefined;
    if (good.version !== system.services.get(service)?.current?.version) moves.set(service, good);
  }
  return moves;
}

interface Walk {
  readonly service: string;
  /** The good release that it was at; undefined where it was at none. Asked for times that only go back. */
  readonly goodAt: (at: number) => GroupVersion | undefined;
}

function createWalk(registered: RegisteredService | undefined, service: string, history: readonly Revision[], withSchema: boolean): Walk {
  const states = history.map(({ after, at }) => ({ at: parseIsoTime(at), pin: pinOf(after, STABLE) }));
  const goodOf = createGood(registered, withSchema);
  let place = 0;
  return {
    service,
    goodAt(at) {
      while ((states[place]?.at ?? 0) > at) place += 1;
      const pin = states[place]?.pin;
      return pin === undefined ? undefined : goodOf(pin);
    },
  };
}

/** Good versions only, and of those only the ones that the service's data allow. */
function createGood(registered: RegisteredService | undefined, withSchema: boolean): (version: string) => GroupVersion | undefined {
  if (registered === undefined) return () => undefined;
  const crossing = crossingsOf(registered);
  // What is pinned now goes on with its data, whatever it says that it reads.
  const good = [...registered.verdicts].filter(([version, verdict]) => verdict === "good" && (version === registered.pin || isAllowed(crossing(version), withSchema)));
  const versions = new Map(good.map(([version]) => [version, groupVersion(registered, version, crossing)]));
  return (version) => versions.get(version);
}
