import type { Routes, Share, Split } from "../../model/routes.ts";
import { compileDecide } from "./compile-decide.ts";
import { compileMatch } from "./compile-match.ts";
import { compileSplit } from "./compile-split.ts";
import { type CompiledRoutes, type CompiledSplit, SLOTS } from "./compiled-routes.ts";
import { determineFailover, percent } from "./determine-failover.ts";
import type { Ground } from "./resolve-target.ts";
import type { Destination, RoutingFacts } from "./routing-facts.ts";

const TO_PIN: Share = { target: { kind: "pin", text: "pin" }, weight: 1 };

/** Joins a document with what lives now. Made anew when either changes; deciding then allocates nothing. */
export function compileRoutes(routes: Routes, facts: RoutingFacts): CompiledRoutes {
  const ground = groundOf(routes, facts);
  const failover = routes.failover === undefined ? undefined : determineFailover(routes.failover, ground);
  const compile = (split: Split): CompiledSplit => compileSplit(split, routes, ground);
  const split = failover?.state === "on" ? allTo(ground.same(failover.destination), failover.why) : compile(routes.split ?? [TO_PIN]);
  const rules = failover?.state === "on" ? [] : routes.rules.map((rule) => ({ matches: compileMatch(rule.conditions), split: compile(rule.split) }));
  const splits = [split, ...rules.map((rule) => rule.split)];
  return {
    destinations: [...new Set(splits.flatMap(({ runs }) => runs.flatMap(({ destination }) => destination ?? [])))],
    split,
    rules: rules.map((rule) => rule.split),
    failover,
    notes: [...(failover === undefined || failover.state === "stands-by" ? [] : [failover.why]), ...(failover?.state === "on" ? [] : notesOf(splits))],
    decide: compileDecide(
      splits,
      rules.map((rule) => rule.matches),
      routes.sticky,
    ),
  };
}

/** What shares are resolved on. */
export function groundOf({ failover }: Pick<Routes, "failover">, facts: RoutingFacts): Ground {
  const known = new Map<string, Destination>();
  return {
    facts,
    passing: facts.instances.filter(({ passing }) => passing),
    keptTrack: failover?.to.kind === "track" ? failover.to.track : undefined,
    same(destination) {
      const key = JSON.stringify([destination.service, destination.version, destination.track, destination.exceptTrack]);
      const former = known.get(key);
      if (former === undefined) known.set(key, destination);
      return former ?? destination;
    },
  };
}

function allTo(destination: Destination, why: string): CompiledSplit {
  return { runs: [{ from: 0, to: SLOTS, share: 0, destination, instead: why }], shares: [{ text: "failover", wanted: 1, destination, instead: why }] };
}

function notesOf(splits: readonly CompiledSplit[]): readonly string[] {
  return splits.flatMap(({ shares }, place) => shares.flatMap(({ instead, text, wanted }) => (instead === undefined ? [] : [`${place === 0 ? "" : `rule ${place}: `}${text}, ${percent(wanted)}: ${instead}`])));
}
