import type { Failover } from "../../model/routes.ts";
import { isServedBy, type Destination } from "./routing-facts.ts";
import { type Ground, anyOf, isAlive, pinned } from "./resolve-target.ts";

export interface FailoverState {
  /** `blocked`: it should take over, and can't. */
  readonly state: "stands-by" | "blocked" | "on";
  readonly destination: Destination;
  readonly why: string;
}

/**
 * Whether the failover has all traffic. It never goes where nothing passes. The pinned version's share counts where it
 * has instances at all: a pin that nobody has come to yet is no reason, unless nothing of the service passes.
 */
export function determineFailover(failover: Failover, ground: Ground): FailoverState {
  const destination = destinationOf(failover, ground);
  const name = failover.to.kind === "track" ? `track ${failover.to.track}` : failover.to.service;
  const be = (state: FailoverState["state"], why: string): FailoverState => ({ state, destination, why });
  const cause = failover.active ? "it was commanded" : determineCause(failover.passingBelow, ground);
  if (cause === undefined) return be("stands-by", `${name} stands by`);
  if (destination.service === ground.facts.service && failover.to.kind === "service") return be("blocked", `${name} is the service itself, so nothing can be taken over (${cause})`);
  if (!hasPassing(destination, ground)) return be("blocked", `${name} can't take over, because none of its instances passes (${cause})`);
  return be("on", `${name} has taken over: ${cause}`);
}

function destinationOf({ to }: Failover, ground: Ground): Destination {
  if (to.kind === "service") return { service: to.service, version: undefined, track: undefined, exceptTrack: undefined };
  return { ...anyOf(ground), track: to.track, exceptTrack: undefined };
}

function hasPassing(destination: Destination, ground: Ground): boolean {
  return destination.service === ground.facts.service ? isAlive(destination, ground) : (ground.facts.failoverPassing ?? 0) > 0;
}

function determineCause(passingBelow: number | undefined, ground: Ground): string | undefined {
  if (passingBelow === undefined) return undefined;
  const wanted = pinned(ground);
  const instances = ground.facts.instances.filter((instance) => isServedBy(wanted, instance));
  const passing = instances.filter((instance) => instance.passing).length;
  if (instances.length === 0) return isAlive(anyOf(ground), ground) ? undefined : "nothing of the service passes";
  if (passing / instances.length >= passingBelow) return undefined;
  return `${passing} of ${instances.length} instances${wanted.version === undefined ? "" : ` of ${wanted.version}`} pass, which is less than ${percent(passingBelow)}`;
}

/** `50%`, `0.01%`. */
export function percent(share: number): string {
  return `${Number((share * 100).toFixed(4))}%`;
}
