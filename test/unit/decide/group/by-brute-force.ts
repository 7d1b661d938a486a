/** What the planner promises, worked out from the words of the promise alone, by looking at everything there is. */
import { gt, lt, rcompare, satisfies } from "semver";
import type { RegisteredService } from "../../../../core/decide/group/registry.ts";
import type { Release } from "../../../../core/model/records.ts";
import type { RandomSystem } from "./random-registry.ts";

export type Chosen = Readonly<Record<string, string>>;

const reads = ({ schema }: Release, number: number): boolean => (schema?.reads === undefined ? schema?.writes === undefined || schema.writes === number : satisfies(`${number}.0.0`, schema.reads));

/** How many steps of a service's data are taken back for a release; undefined where there is no way, or none that is allowed. */
function stepsFor({ releases, schema }: RegisteredService, release: Release, withSchema: boolean): number | undefined {
  if (schema === undefined || reads(release, schema) || (release.schema?.writes ?? 0) > schema) return 0;
  const below = Array.from({ length: schema }, (_, number) => number).filter((number) => reads(release, number));
  if (!withSchema || below.length === 0) return undefined;
  const to = Math.max(...below);
  const isBarred = [...releases.values()].some((one) => Object.entries(one.release.schema?.reversible ?? {}).some(([step, isReversible]) => !isReversible && Number(step) > to && Number(step) <= schema));
  return isBarred ? undefined : schema - to;
}

interface Option {
  readonly version: string;
  readonly steps: number;
  readonly isGood: boolean;
  readonly place: number;
}

/** Older versions that nobody condemned and that work with the data, newest first. */
export function optionsOf(service: RegisteredService, withSchema: boolean): readonly Option[] {
  const { pin, releases, verdicts } = service;
  return [...releases.values()]
    .map(({ release }) => ({ release, steps: stepsFor(service, release, withSchema) }))
    .filter(({ release: { version }, steps }) => steps !== undefined && version !== pin && verdicts.get(version) !== "condemned" && (pin === undefined || lt(version, pin)))
    .sort((a, b) => rcompare(a.release.version, b.release.version))
    .map(({ release: { version }, steps = 0 }, place) => ({ version, steps, isGood: verdicts.get(version) === "good", place }));
}

/** Whether all is met that what moves requires, and that others require of it, but for what wasn't met before between services that stay. */
function isMet({ registry: { services } }: RandomSystem, chosen: ReadonlyMap<string, string>): boolean {
  return [...services].every(([service, { pin, releases }]) => {
    const own = chosen.get(service) ?? pin;
    return Object.entries(releases.get(own ?? "")?.release.requires ?? {}).every(([other, range]) => {
      const present = services.get(other)?.pin;
      const found = chosen.get(other) ?? present;
      if (found === undefined || satisfies(found, range)) return true;
      return !chosen.has(service) && present !== undefined && !satisfies(present, range);
    });
  });
}

type Judge = (moves: ReadonlyMap<string, Option>) => readonly number[];
const sum = (numbers: readonly number[]): number => numbers.reduce((all, one) => all + one, 0);
const steps: Judge = (moves) => [sum([...moves.values()].map((one) => one.steps))];
const services: Judge = (moves) => [moves.size];
const unproven: Judge = (moves) => [[...moves.values()].filter(({ isGood }) => !isGood).length];
const places: Judge = (moves) => [sum([...moves.values()].map(({ place }) => place))];
const byName: Judge = (moves) => [...moves].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, { place }]) => place);
/** In the order of the promise. */
const JUDGES = { best: [steps, services, unproven, places, byName], minimal: [services, steps, places, byName] } as const satisfies Record<string, readonly Judge[]>;

function isBetter(moves: ReadonlyMap<string, Option>, best: ReadonlyMap<string, Option> | undefined, judges: readonly Judge[]): boolean {
  if (best === undefined) return true;
  for (const judge of judges) {
    const [mine, theirs] = [judge(moves), judge(best)];
    for (const [at, own] of mine.entries()) {
      const other = theirs[at] ?? Number.NEGATIVE_INFINITY;
      if (own !== other) return own < other;
    }
  }
  return [...moves.keys()].sort().join(",") < [...best.keys()].sort().join(",");
}

/** Every way there is; the best of them by each list of judges. */
export function bestWays(system: RandomSystem): Readonly<Record<keyof typeof JUDGES, Chosen | undefined>> {
  const all = [...system.registry.services].map(([service, registered]) => [service, optionsOf(registered, system.withSchema)] as const);
  const best: Partial<Record<"best" | "minimal", ReadonlyMap<string, Option>>> = {};
  const visit = (at: number, moves: Map<string, Option>): void => {
    const entry = all[at];
    if (entry === undefined) {
      if (!isMet(system, new Map([...moves].map(([service, { version }]) => [service, version])))) return;
      for (const name of ["best", "minimal"] as const) if (isBetter(moves, best[name], JUDGES[name])) best[name] = new Map(moves);
      return;
    }
    const [service, options] = entry;
    if (!system.named.includes(service)) visit(at + 1, moves);
    for (const option of options) {
      moves.set(service, option);
      visit(at + 1, moves);
      moves.delete(service);
    }
  };
  visit(0, new Map());
  const said = (moves: ReadonlyMap<string, Option> | undefined): Chosen | undefined => (moves === undefined ? undefined : Object.fromEntries([...moves].map(([service, { version }]) => [service, version])));
  return { best: said(best.best), minimal: said(best.minimal) };
}

/** All that anything pinned requires, and all that requires it, and so on. */
function clusterOf({ named, registry: { services: all } }: RandomSystem): readonly string[] {
  const requiresNow = (service: string, other: string): boolean => {
    const [one, two] = [all.get(service), all.get(other)];
    return two?.pin !== undefined && Object.hasOwn(one?.releases.get(one.pin ?? "")?.release.requires ?? {}, other);
  };
  let cluster = [...named];
  for (let size = 0; size !== cluster.length; ) {
    size = cluster.length;
    cluster = [...all.keys()].filter((service) => cluster.some((member) => member === service || requiresNow(service, member) || requiresNow(member, service)));
  }
  return cluster;
}

/** What the cluster was at, at the latest time at which all of it was good and got on; only what is something else now. */
export function lastGoodState(system: RandomSystem): Chosen | undefined {
  const { histories, named, registry, withSchema } = system;
  const cluster = clusterOf(system);
  const times = [...new Set(cluster.flatMap((service) => (histories.get(service) ?? []).map(({ at }) => at)))].sort().reverse();
  for (const time of times) {
    const then = new Map(cluster.map((service) => [service, (histories.get(service) ?? []).filter(({ at }) => at <= time).sort((a, b) => (a.at > b.at ? -1 : 1))[0]?.after.pins["stable"]]));
    const moved = new Map([...then].flatMap(([service, version]) => (version === undefined || version === registry.services.get(service)?.pin ? [] : [[service, version] as const])));
    const isGood = [...then].every(([service, version]) => {
      const registered = registry.services.get(service);
      const release = registered?.releases.get(version ?? "")?.release;
      if (registered === undefined || release === undefined || registered.verdicts.get(version ?? "") !== "good") return false;
      return !moved.has(service) || stepsFor(registered, release, withSchema) !== undefined;
    });
    const namedMove = named.every((service) => {
      const [version, pin] = [moved.get(service), registry.services.get(service)?.pin];
      return version !== undefined && (pin === undefined || !gt(version, pin));
    });
    if (isGood && namedMove && isMet(system, moved)) return Object.fromEntries(moved);
  }
  return undefined;
}
