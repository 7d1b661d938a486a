import { describeShare } from "../../core/decide/routing/describe-share.ts";
import { firstFew } from "../../core/model/first-few.ts";
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
