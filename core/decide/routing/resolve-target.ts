import semverSatisfies from "semver/functions/satisfies.js";
import { STABLE } from "../../model/names.ts";
import { NO_PIN } from "../../model/pin.ts";
import type { ShareTarget } from "../../model/routes.ts";
import { newestFirst } from "../version-order.ts";
import { type Destination, type RoutedInstance, type RoutingFacts, isServedBy } from "./routing-facts.ts";

/** Facts, with what is looked up for every share done once. */
export interface Ground {
  readonly facts: RoutingFacts;
  readonly passing: readonly RoutedInstance[];
  /** Kept for failover: its instances take nothing that isn't meant for their track. */
  readonly keptTrack: string | undefined;
  /** The one object that stands for equal destinations. */
  readonly same: (destination: Destination) => Destination;
}

export interface Resolved {
  /** Undefined: nothing is meant by it now, as by a range that no living version is in. */
  readonly destination: Destination | undefined;
  /** A name that a hand has left, and that means the pin therefore. */
  readonly meansPin: boolean;
}

/** Which instances a share is for, whether they live or not. */
export function resolveTarget(target: ShareTarget, ground: Ground): Resolved {
  const { facts } = ground;
  switch (target.kind) {
    case "pin":
      return { destination: pinned(ground), meansPin: false };
    case "track":
      return { destination: { ...anyOf(ground), version: pinOfTrack(facts, target.track), track: target.track, exceptTrack: undefined }, meansPin: false };
    case "version": {
      const meansPin = facts.left.includes(target.version);
      return { destination: meansPin ? pinned(ground) : { ...anyOf(ground), version: target.version }, meansPin };
    }
    case "range": {
      const version = newestIn(target.range, ground);
      return { destination: version === undefined ? undefined : { ...anyOf(ground), version }, meansPin: false };
    }
  }
}

/** Any instance of the service but those that are kept for failover. */
export function anyOf({ facts, keptTrack }: Ground): Destination {
  return { service: facts.service, version: undefined, track: undefined, exceptTrack: keptTrack };
}

/** Unpinned means that each instance runs what its own file says: any of them. */
export function pinned(ground: Ground): Destination {
  return { ...anyOf(ground), version: pinOfTrack(ground.facts, STABLE) };
}

export function isAlive(destination: Destination, { passing }: Ground): boolean {
  return passing.some((instance) => isServedBy(destination, instance));
}

export function pinOfTrack({ pins }: RoutingFacts, track: string): string | undefined {
  const pin = Object.hasOwn(pins, track) ? pins[track] : undefined;
  return pin === NO_PIN ? undefined : pin;
}

/** What a hand has left is not what a range was written for. */
function newestIn(range: string, ground: Ground): string | undefined {
  const versions = new Set(ground.passing.filter(({ track }) => track !== ground.keptTrack).flatMap(({ version }) => (version === undefined || ground.facts.left.includes(version) ? [] : [version])));
  return newestFirst([...versions].filter((version) => semverSatisfies(version, range)), () => undefined)[0];
}
