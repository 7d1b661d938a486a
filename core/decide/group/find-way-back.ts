import type { GroupSystem, GroupVersion, Moves, Unmet } from "./group-system.ts";
import { type MoveCost, type Objective, compareCost } from "./move-cost.ts";
import { type Ground, type Movers, isWay, narrow } from "./narrow.ts";
import { createRequirements } from "./requirements.ts";

export type WayBack =
  | { readonly kind: "found"; readonly moves: Moves }
  /** Nothing that may be moved to meets all requirements; the shortest chain that says why. */
  | { readonly kind: "none"; readonly chain: readonly Unmet[]; readonly stuck: string }
  /** So many possibilities that it gave up. */
  | { readonly kind: "too-many" };

/** Systems that real services form need a few dozen; beyond this something is odd, and a person should name versions. */
const MOST_GUESSES = 20_000;

/**
 * The best way (core/decide/group/move-cost.ts) to move the named services, and whatever has to move with them, so that
 * every requirement of what moves, and of what needs it, is met. Services that nothing forces stay.
 *
 * Only what is forced ever moves, which misses nothing: a requirement that a version leaves unmet with a service that
 * stays is in no way back unless that service moves too. Conclusions come first (core/decide/group/narrow.ts), then a
 * guess at the mover with the fewest options; what can't become better than the best known way isn't followed. The
 * number of services is allowed to grow only when fewer are shown not to do, and, where steps count first, so is theirs.
 */
export function findWayBack(system: GroupSystem, named: readonly string[], objective: Objective = "best"): WayBack {
  const search: Search = { system, objective, requirements: createRequirements(system), guesses: 0, best: undefined, shortest: undefined, mostSteps: objective === "best" ? 0 : Number.POSITIVE_INFINITY, nextSteps: undefined, next: undefined, needs: new Map() };
  const movers: Movers = new Map(named.map((service) => [service, { options: system.services.get(service)?.candidates ?? [], chain: [] }]));
  for (;;) {
    findWithin(search, movers);
    if (search.guesses > MOST_GUESSES) return { kind: "too-many" };
    if (search.best !== undefined || search.nextSteps === undefined) break;
    search.mostSteps = search.nextSteps;
    search.nextSteps = undefined;
  }
  if (search.best !== undefined) return { kind: "found", moves: search.best.moves };
  return { kind: "none", chain: search.shortest?.chain ?? [], stuck: search.shortest?.stuck ?? named[0] ?? "" };
}

/** With so many steps at most. */
function findWithin(search: Search, movers: Movers): void {
  search.next = movers.size;
  while (search.best === undefined && search.next !== undefined && search.guesses <= MOST_GUESSES) {
    const most: number = search.next;
    search.next = undefined;
    explore(search, movers, movers.keys(), most);
  }
}

interface Search extends Ground {
  readonly objective: Objective;
  guesses: number;
  mostSteps: number;
  /** The least number of steps among what was left out for taking too many. */
  nextSteps: number | undefined;
  best: { readonly moves: Moves; readonly cost: MoveCost } | undefined;
  shortest: { readonly chain: readonly Unmet[]; readonly stuck: string } | undefined;
  /** The least number of services among what was left out for moving too many. */
  next: number | undefined;
}

function explore(search: Search, movers: Movers, changed: Iterable<string>, most: number): void {
  if (search.guesses > MOST_GUESSES) return;
  if (takesTooManySteps(search, movers) || !mayBeBetter(search, movers)) return;
  const narrowed = narrow(search, movers, changed, most);
  if (narrowed.kind === "stuck") return keepShorter(search, narrowed);
  if (narrowed.kind === "too-many") {
    search.next = Math.min(search.next ?? narrowed.size, narrowed.size);
    return;
  }
  if (takesTooManySteps(search, narrowed.movers) || !mayBeBetter(search, narrowed.movers)) return;
  keepBetter(search, narrowed.movers);
  const open = openest(narrowed.movers);
  if (open === undefined || !mayBeBetter(search, narrowed.movers)) return;
  const [service, { chain, options }] = open;
  for (const option of byWorth(search, options)) {
    search.guesses += 1;
    explore(search, new Map(narrowed.movers).set(service, { chain, options: [option] }), [service], most);
  }
}

function mayBeBetter(search: Search, movers: Movers): boolean {
  return search.best === undefined || compareCost(leastCost(search, movers), search.best.cost, search.objective) < 0;
}

function takesTooManySteps(search: Search, movers: Movers): boolean {
  const steps = leastSteps(movers);
  if (steps <= search.mostSteps) return false;
  search.nextSteps = Math.min(search.nextSteps ?? steps, steps);
  return true;
}

function leastSteps(movers: Movers): number {
  let sum = 0;
  // A mover without options ends elsewhere.
  for (const { options } of movers.values()) if (options.length > 0) sum += Math.min(...options.map(({ steps = 0 }) => steps));
  return sum;
}

/** Everybody's first choice, where these get on. */
function keepBetter(search: Search, movers: Movers): void {
  const moves = new Map([...movers].flatMap(([service, { options }]) => byWorth(search, options).slice(0, 1).map((first) => [service, first] as const)));
  if (!isWay(search, moves)) return;
  const chosen: Movers = new Map([...moves].map(([service, option]) => [service, { options: [option], chain: [] }]));
  const cost = leastCost(search, chosen);
  if (!takesTooManySteps(search, chosen) && (search.best === undefined || compareCost(cost, search.best.cost, search.objective) < 0)) search.best = { cost, moves };
}

/** No way from here is better than this. */
function leastCost({ system }: Search, movers: Movers): MoveCost {
  const names = [...movers.keys()].sort();
  // Options are in the order of candidates, so the first has the least place.
  const byName = names.map((service) => {
    const [first] = movers.get(service)?.options ?? [];
    return first === undefined ? 0 : (system.services.get(service)?.candidates.indexOf(first) ?? 0);
  });
  return {
    steps: leastSteps(movers),
    services: movers.size,
    unproven: [...movers.values()].filter(({ options }) => !options.some(({ isGood }) => isGood)).length,
    places: byName.reduce((sum, place) => sum + place, 0),
    byName,
    names,
  };
}

/** The mover with the fewest options of those that have more than one: what can't work shows soonest. */
function openest(movers: Movers): (Movers extends ReadonlyMap<infer K, infer V> ? readonly [K, V] : never) | undefined {
  let found: ReturnType<typeof openest>;
  for (const entry of movers) {
    const { length } = entry[1].options;
    if (length > 1 && (found === undefined || length < found[1].options.length)) found = entry;
  }
  return found;
}

/** The best first, as far as one service alone can tell. */
function byWorth({ objective }: Search, options: readonly GroupVersion[]): readonly GroupVersion[] {
  const unproven = ({ isGood }: GroupVersion): number => (objective === "best" && !isGood ? 1 : 0);
  return [...options].sort((a, b) => (a.steps ?? 0) - (b.steps ?? 0) || unproven(a) - unproven(b));
}

function keepShorter(search: Search, { chain, stuck }: { readonly chain: readonly Unmet[]; readonly stuck: string }): void {
  if (search.shortest === undefined || chain.length < search.shortest.chain.length) search.shortest = { chain, stuck };
}
