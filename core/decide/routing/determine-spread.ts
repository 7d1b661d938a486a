import { STABLE } from "../../model/names.ts";
import type { ShareTarget } from "../../model/routes.ts";
import { percent } from "./determine-failover.ts";
import { type Ground, anyOf, pinOfTrack } from "./resolve-target.ts";
import type { Destination } from "./routing-facts.ts";

export interface Spread {
  readonly destination: Destination;
  readonly why: string;
}

/**
 * Where too few of a track run what it is pinned to, its share is for all of the track that pass: the first instances of a
 * version don't take what all of the former ones took. Undefined: it goes where it says.
 */
export function determineSpread(target: ShareTarget, meansPin: boolean, enough: number | undefined, ground: Ground): Spread | undefined {
  const track = target.kind === "track" ? target.track : target.kind === "pin" || meansPin ? STABLE : undefined;
  const version = track === undefined ? undefined : pinOfTrack(ground.facts, track);
  if (enough === undefined || track === undefined || version === undefined) return undefined;
  const all = ground.passing.filter((instance) => instance.track === track);
  const own = all.filter((instance) => instance.version === version).length;
  if (all.length === 0 || own / all.length >= enough) return undefined;
  return { destination: { ...anyOf(ground), track, exceptTrack: undefined }, why: `${own} of the ${all.length} instances of track ${track} that pass run ${version}, and less than ${percent(enough)} is not enough; all of them share it` };
}
