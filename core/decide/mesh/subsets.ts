/** A destination as a subset of Consul's service-resolver: its name and the filter that its instances pass. */
import { STABLE } from "../../model/names.ts";
import { sha256 } from "../digest.ts";
import type { Destination } from "../routing/routing-facts.ts";

/** Versions like these have names that a person reads at once; `v1-4-2` is that of no other. */
const PLAIN_VERSION = /^[0-9]{1,16}(?:\.[0-9]{1,16}){0,2}$/;
/** Consul: a subset's name is a DNS label. */
const SLUG_LENGTH = 40;
const HASH_LENGTH = 12;

/** What filters with no instance, for shares that nobody shall take. An instance always has an id. */
export const NOBODY = { name: "nobody", filter: 'Service.ID == ""' } as const;
/** What the service's default is, under a name: where routes are told to go, the default itself can't be named. */
export const MAIN = "main";

/** Unique by version and tracks. No name of a version or track is among `main` and `nobody`. */
export function subsetName({ exceptTrack, track, version }: Destination): string {
  if (version !== undefined && track === undefined && exceptTrack === undefined && PLAIN_VERSION.test(version)) return `v${version.replaceAll(".", "-")}`;
  const words = [version === undefined ? "any" : `v${version}`, ...(track === undefined ? [] : [track]), ...(exceptTrack === undefined ? [] : [`not-${exceptTrack}`])];
  const slug = words.join("-").toLowerCase().replaceAll(/[^a-z0-9]+/g, "-").slice(0, SLUG_LENGTH).replace(/-$/, "");
  // The letter keeps it apart from plain versions, which have digits only.
  return `${slug}-h${sha256(JSON.stringify([version, track, exceptTrack])).slice(0, HASH_LENGTH)}`;
}

/**
 * In Consul's filter language (Consul: filtering), by the meta of registrations. Versions and tracks are checked names, in which no
 * quote can be ended. Undefined: any instance.
 */
export function subsetFilter({ exceptTrack, track, version }: Destination): string | undefined {
  const parts = [...(version === undefined ? [] : [`Service.Meta.version == "${version}"`]), ...(track === undefined ? [] : [onTrack(track)]), ...(exceptTrack === undefined ? [] : [offTrack(exceptTrack)])];
  return parts.length === 0 ? undefined : parts.join(" and ");
}

/** A registration without a track is one of the stable track's. */
function onTrack(track: string): string {
  const named = `Service.Meta.track == "${track}"`;
  return track === STABLE ? `(${named} or "track" not in Service.Meta)` : named;
}

function offTrack(track: string): string {
  const others = `Service.Meta.track != "${track}"`;
  return track === STABLE ? `(${others} and "track" in Service.Meta)` : others;
}
