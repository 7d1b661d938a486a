import * as fc from "fast-check";
import { expect, test } from "vitest";
import { determineCluster } from "../../../../core/decide/group/cluster.ts";
import { findWayBack } from "../../../../core/decide/group/find-way-back.ts";
import type { Moves } from "../../../../core/decide/group/group-system.ts";
import { findLastGoodState } from "../../../../core/decide/group/last-good-state.ts";
import { systemOfRegistry } from "../../../../core/decide/group/system-of-registry.ts";
import { type Chosen, bestWays, lastGoodState, optionsOf } from "./by-brute-force.ts";
import { type RandomSystem, randomSystem } from "./random-registry.ts";

/** `npm run prove -- planner` asks for 20,000. */
const SYSTEMS = Number(process.env["ROLLPIN_PLANNER_SYSTEMS"] ?? 500);

const said = (moves: Moves): Chosen => Object.fromEntries([...moves].map(([service, { version }]) => [service, version]));

function planned(system: RandomSystem): Readonly<Record<"best" | "minimal" | "maximal", Chosen | undefined>> {
  const { histories, registry, withSchema } = system;
  const named = new Map(system.named.map((service) => [service, optionsOf(registry.services.get(service) ?? { pin: undefined, releases: new Map(), verdicts: new Map() }, withSchema).map(({ version }) => version)]));
  const group = systemOfRegistry(registry, { named, withSchema });
  const wayBy = (objective: "best" | "minimal"): Chosen | undefined => {
    const way = findWayBack(group, [...named.keys()].sort(), objective);
    if (way.kind === "too-many") throw new Error("six services were too many");
    return way.kind === "found" ? said(way.moves) : undefined;
  };
  const cluster = determineCluster(registry, system.named);
  const found = findLastGoodState(registry, group, new Map(cluster.map((service) => [service, histories.get(service) ?? []])), { named, withSchema });
  return { best: wayBy("best"), minimal: wayBy("minimal"), maximal: found === undefined ? undefined : said(found.moves) };
}

test(`${SYSTEMS} random systems of up to 6 services and 5 versions, with data: each strategy plans what brute force finds`, { timeout: 30_000 + SYSTEMS * 100 }, () => {
  const found = { best: 0, minimal: 0, maximal: 0 };
  let differ = 0;
  let migrate = 0;
  fc.assert(
    fc.property(randomSystem, (system) => {
      const expected = { ...bestWays(system), maximal: lastGoodState(system) };
      expect(planned(system)).toEqual(expected);
      for (const strategy of ["best", "minimal", "maximal"] as const) if (expected[strategy] !== undefined) found[strategy] += 1;
      if (JSON.stringify(expected.best) !== JSON.stringify(expected.minimal)) differ += 1;
      if (expected.best !== undefined && system.withSchema && bestWays({ ...system, withSchema: false }).best === undefined) migrate += 1;
    }),
    { numRuns: SYSTEMS },
  );
  expect(found.best).toBeGreaterThan(SYSTEMS / 10);
  expect(found.maximal).toBeGreaterThan(SYSTEMS / 100);
  // Rare enough for a few hundred to have none.
  if (SYSTEMS >= 5_000) expect(Math.min(differ, migrate)).toBeGreaterThan(SYSTEMS / 1_000);
  console.log(`= the planner: what brute force finds in ${SYSTEMS} random systems: ${found.best} have a way back, ${migrate} of these only by migrating data, and in ${differ} best and minimal differ; ${found.maximal} have a last state in which all were good`);
});
