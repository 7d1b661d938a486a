import { describeShare } from "../../core/decide/routing/describe-share.ts";
import { firstFew } from "../../core/model/first-few.ts";
import type { RoutedTraffic, TrafficCounts } from "../../core/model/traffic-counts.ts";
import type { AgentDeps } from "../agent-deps.ts";
import type { UntimedRecord } from "./hold-router-record.ts";
import type { Router } from "./router.ts";
import { statusOf } from "./router-state.ts";
import type { View } from "./view.ts";

/** Smaller changes of what is served are chance, and no news. */
const LEAST_NEWS = 0.01;

/** What a router tells Consul of itself. `before` is what it told last. */
export function routerRecord(router: Router, wanted: View, { instance, process }: Pick<AgentDeps, "instance" | "process">, before: UntimedRecord | undefined): UntimedRecord {
  const { settings, tally } = router;
  const view = router.view();
  return {
    service: settings.upstream,
    router: settings.name ?? instance,
    kind: kindOf(settings),
    ...statusOf(router),
    revision: view?.revision ?? 0,
    digest: view?.digest ?? "",
    seen: wanted.revision,
    split: view?.compiled.split.shares.map(describeShare) ?? [],
    served: newsOf(before?.served, tally.served()),
    traffic: trafficNews(before?.traffic, tally.traffic()),
    notes: [...(view?.compiled.notes ?? []), ...router.notes(), ...noteLeftOut(router.leftOut())],
    instances: Math.max(0, (view?.places.length ?? 0) - router.leftOut().length),
    versions: [...new Set(view?.places.map(({ version }) => version))].sort(),
    instance,
    listen: router.listen,
    ...process,
  };
}

function noteLeftOut(leftOut: readonly string[]): readonly string[] {
  return leftOut.length === 0 ? [] : [`${firstFew(leftOut)}: left out for not answering, and tried now and then`];
}

/** By which plans know what a router can't do (core/decide/routing/expressible.ts): one that reads a file goes by what it is. */
function kindOf(settings: Router["settings"]): string {
  if (settings.kind === "template") return settings.program ?? settings.kind;
  return settings.kind === "proxy" && settings.mode === "tcp" ? "tcp" : settings.kind;
}

function newsOf(before: UntimedRecord["served"], now: UntimedRecord["served"]): UntimedRecord["served"] {
  if (before === undefined || now === undefined) return now;
  const versions = new Set([...Object.keys(before), ...Object.keys(now)]);
  return [...versions].some((version) => Math.abs((before[version] ?? 0) - (now[version] ?? 0)) >= LEAST_NEWS) ? now : before;
}

/** What is added to what was told is news once it is half as much again; another share of errors sooner. */
const MORE = 1.5;
const LEAST_ERRORS = 0.005;

/** Told again and again while there is little, hardly ever once there is much: what a router writes doesn't grow with its traffic. */
function trafficNews(before: UntimedRecord["traffic"], traffic: RoutedTraffic): UntimedRecord["traffic"] {
  const versions = Object.entries(traffic.now);
  if (before === undefined) return versions.length === 0 ? undefined : traffic;
  const isOther = Object.keys(before.now).length !== versions.length || versions.some(([version, counts]) => isNews(before.now[version], counts));
  return isOther ? traffic : before;
}

function isNews(told: TrafficCounts | undefined, { errors, requests }: TrafficCounts): boolean {
  // Fewer than were told: another split counts.
  if (told === undefined || requests < told.requests || requests >= told.requests * MORE) return true;
  return Math.abs(errors / requests - told.errors / told.requests) >= LEAST_ERRORS;
}
