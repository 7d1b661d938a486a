import { isPinPart, partsOf, pinOf, trackOfPart } from "../model/desired.ts";
import type { SeenInstance, ServiceFacts } from "../model/facts.ts";
import type { BlastRadius, Plan, ServicePlan } from "../model/plan.ts";
import { affectedTracks, determineAffected } from "./affected.ts";
import { digestForTrack } from "./digest.ts";
import type { TrafficFacts } from "./routing/routing-facts.ts";

/** What one service's share of a plan touches. Undefined where nothing that runs can change by it. */
function determineBlast(plan: ServicePlan, instances: readonly SeenInstance[], traffic: TrafficFacts | undefined): BlastRadius | undefined {
  const tracks = affectedTracks(plan);
  if (!plan.recorded || tracks?.length === 0 || plan.mode === "observe" || plan.mode === "ejected") return undefined;
  const { must } = determineAffected(plan, instances);
  const changing = instances.filter(({ live, record }) => live && must.includes(record.instance) && (plan.restart !== undefined || record.digest !== digestForTrack(plan.after, record.track)));
  const shares = (traffic?.routers ?? []).flatMap((router) => (router.shares === undefined ? [] : [router.shares]));
  const versions = versionsTouched(plan, tracks, changing);
  const parts = shares.map((share) => sumOf(share, versions));
  return {
    instances: changing.length,
    of: instances.filter(({ live }) => live).length,
    ...(parts.length === 0 ? {} : { traffic: { least: Math.min(...parts), most: Math.max(...parts), routers: parts.length } }),
  };
}

/** What the changing instances run, and what pins leave: a router may still send there. */
function versionsTouched({ after, before }: ServicePlan, tracks: readonly string[] | undefined, changing: readonly SeenInstance[]): ReadonlySet<string> {
  const moved = tracks ?? partsOf(before, after).filter(isPinPart).map(trackOfPart);
  const left = moved.flatMap((track) => (pinOf(after, track) === pinOf(before, track) ? [] : (pinOf(before, track) ?? [])));
  return new Set([...left, ...changing.flatMap(({ record }) => record.version ?? [])]);
}

/** Rounding alone may take a whole above 1. */
function sumOf(shares: Readonly<Record<string, number>>, versions: ReadonlySet<string>): number {
  const sum = Object.entries(shares).reduce((total, [version, share]) => (versions.has(version) ? total + share : total), 0);
  return Math.min(1, Math.round(sum * 10_000) / 10_000);
}

/** The same plan, with what each service's share of it touches. */
export function withBlast<P extends Pick<Plan, "services">>(plan: P, facts: readonly ServiceFacts[], traffic: ReadonlyMap<string, TrafficFacts> | undefined): P {
  const services = plan.services.map((one) => ({ ...one, blast: determineBlast(one, facts.find(({ service }) => service === one.service)?.instances ?? [], traffic?.get(one.service)) }));
  return { ...plan, services };
}
