import { STABLE } from "../../model/names.ts";

/** What routing rests on besides the document, for one service. */
export interface RoutingFacts {
  readonly service: string;
  /** By track, in their normal form: a version or `none`. */
  readonly pins: Readonly<Record<string, string>>;
  /** Versions that a hand has left although the routes may still name them: such names mean `pin` (core/decide/routing/versions-left.ts). */
  readonly left: readonly string[];
  /** As Consul's health API tells them, those that don't pass among them. */
  readonly instances: readonly RoutedInstance[];
  /** Passing instances of the service that failover names; undefined where it names none, or it isn't known yet. */
  readonly failoverPassing: number | undefined;
}

/** What plans that move traffic look at: who could take it, and who sends it. */
export interface TrafficFacts {
  readonly instances: readonly RoutedInstance[];
  /** By their records, `routers/<service>/<router>`. */
  readonly routers: readonly RoutingRouter[];
  readonly failoverPassing: number | undefined;
}

interface RoutingRouter {
  readonly router: string;
  readonly kind: string;
  /** Part of requests by version: as it was served last, else as it is split; absent where it doesn't say. */
  readonly shares?: Readonly<Record<string, number>> | undefined;
}

export interface RoutedInstance {
  /** Of its registration's `version`; undefined where it has none. */
  readonly version: string | undefined;
  /** Of its registration's `track`; `stable` where it has none. */
  readonly track: string;
  readonly passing: boolean;
}

/** By the meta of its registration in Consul. */
export function routedInstance(meta: Readonly<Record<string, string>>, passing: boolean): RoutedInstance {
  return { version: meta["version"], track: meta["track"] ?? STABLE, passing };
}

/** Which instances take a request. */
export interface Destination {
  /** The service itself, or the one that takes over. */
  readonly service: string;
  /** Undefined: any. */
  readonly version: string | undefined;
  /** Only this track's instances; undefined: any but `exceptTrack`'s. */
  readonly track: string | undefined;
  /** The track that is kept for failover. */
  readonly exceptTrack: string | undefined;
}

/** Whether an instance of the destination's service is one of those that take the request, as far as version and track go. */
export function isServedBy({ exceptTrack, track, version }: Destination, instance: Pick<RoutedInstance, "version" | "track">): boolean {
  if (version !== undefined && instance.version !== version) return false;
  return track === undefined ? instance.track !== exceptTrack : instance.track === track;
}
