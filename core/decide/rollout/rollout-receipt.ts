import type { SeenInstance, SeenRouter } from "../../model/facts.ts";
import type { Rollout } from "../../model/rollout.ts";
import { determineStanding } from "../receipt.ts";
import type { RolloutFacts } from "./determine-move.ts";

/** Where those that a rollout's last step concerns stand with it. An instance of a track that it doesn't pin may lag for reasons of its own. */
export function rolloutReceipt({ head, steps, taken }: Rollout, instances: readonly SeenInstance[], routers: readonly SeenRouter[]): RolloutFacts["receipt"] {
  const step = steps[taken - 1];
  if (step === undefined) return { kind: "applied" };
  // Routes are part of what every track applies.
  const isRouted = step.share !== undefined || step.preview !== undefined || steps[taken - 2]?.preview !== undefined;
  const pinned = new Set(steps.slice(0, taken).flatMap(({ tracks }) => tracks));
  const concerned = instances.filter(({ live, record }) => live && (isRouted || step.tracks.includes(record.track)));
  const lagging = concerned.flatMap((seen) => {
    const standing = determineStanding(seen.record.instance, seen, head);
    return standing.kind === "lagging" ? [standing] : [];
  });
  const stuck = lagging.find(({ record }) => pinned.has(record.track) && record.seen >= head && (record.status === "stalled" || record.status === "held"));
  if (stuck !== undefined) return { kind: "stuck", why: `${stuck.record.instance} is ${stuck.why}` };
  const behind = isRouted ? routers.filter((seen) => seen.live && determineStanding(seen.record.router, seen, head).kind === "lagging") : [];
  return lagging.length + behind.length === 0 ? { kind: "applied" } : { kind: "waiting" };
}
