import type { GroupSystem, GroupVersion, Unmet } from "./group-system.ts";
import type { Requirements } from "./requirements.ts";

/** A service that has to move. */
export interface Moving {
  /** What it may still be moved to, best first. */
  readonly options: readonly GroupVersion[];
  /** The unmet requirements that led from a named service to it. */
  readonly chain: readonly Unmet[];
}

export type Movers = ReadonlyMap<string, Moving>;

export interface Ground {
  readonly system: GroupSystem;
  readonly requirements: Requirements;
  /** What any candidate of a service needs; filled as it is asked for. */
  readonly needs: Map<string, ReadonlySet<string>>;
}

export type Narrowed =
  | { readonly kind: "narrowed"; readonly movers: Movers }
  /** A mover has no option left. */
  | { readonly kind: "stuck"; readonly stuck: string; readonly chain: readonly Unmet[] }
  /** At least so many move. */
  | { readonly kind: "too-many"; readonly size: number };

/** Not counted one by one: how many it is says how many to try next. */
const FEW = 8;

/**
 * Draws every conclusion that needs no guess: an option that gets on with no option of another mover is struck out, and
 * a service that stays moves too once no option of a mover gets on with it. It ends early
 * where a mover has no option left, or clearly more than `most` move. `changed` are those whose options are others than
 * when it was last done.
 */
export function narrow(ground: Ground, movers: Movers, changed: Iterable<string>, most: number): Narrowed {
  const now = new Map(movers);
  const links = createLinks(ground, now.keys());
  const due = new Set(changed);
  for (const service of due) {
    due.delete(service);
    const moving = now.get(service);
    if (moving === undefined) continue;
    for (const [other, chain] of forcedBy(ground, service, moving, now)) {
      now.set(other, { options: ground.system.services.get(other)?.candidates ?? [], chain });
      links.add(other);
      due.add(other);
    }
    for (const other of strikeOut(ground, now, service, links.of(service))) due.add(other);
    if (now.get(service)?.options.length === 0) return { kind: "stuck", stuck: service, chain: moving.chain };
    if (now.size > 2 * most + FEW) return { kind: "too-many", size: now.size };
  }
  return now.size > most ? { kind: "too-many", size: now.size } : { kind: "narrowed", movers: now };
}

/** Options that get on with none of a neighbour's go, on both sides. Those that have fewer now. */
function strikeOut(ground: Ground, movers: Map<string, Moving>, service: string, neighbours: ReadonlySet<string>): readonly string[] {
  return [...neighbours].flatMap((other) => {
    const [one, two] = [movers.get(service), movers.get(other)];
    if (one === undefined || two === undefined) return [];
    const [mine, theirs] = supported(ground, [service, one.options], [other, two.options]);
    const fewer: string[] = [];
    for (const [name, moving, options] of [[service, one, mine], [other, two, theirs]] as const) {
      if (options.length === moving.options.length) continue;
      movers.set(name, { ...moving, options });
      fewer.push(name);
    }
    return fewer;
  });
}

/** Which movers may have something to require of one another. */
function createLinks(ground: Ground, movers: Iterable<string>): { readonly of: (service: string) => ReadonlySet<string>; readonly add: (service: string) => void } {
  const links = new Map<string, Set<string>>();
  const linksOf = (service: string): Set<string> => {
    let found = links.get(service);
    if (found === undefined) links.set(service, (found = new Set()));
    return found;
  };
  const add = (service: string): void => {
    for (const other of needsOf(ground, service)) {
      if (other === service) continue;
      linksOf(service).add(other);
      linksOf(other).add(service);
    }
  };
  for (const service of movers) add(service);
  return { of: linksOf, add };
}

/** Staying services that none of the options gets on with, each with how it came to that. */
function forcedBy({ requirements }: Ground, service: string, { chain, options }: Moving, movers: Movers): ReadonlyMap<string, readonly Unmet[]> {
  let common: Map<string, readonly Unmet[]> | undefined;
  for (const option of options) {
    const unmet = new Map(requirements.unmetWithStaying(service, option, (other) => movers.has(other)).map((one) => [one.service === service ? one.needs : one.service, [...chain, one]] as const));
    if (common === undefined) common = unmet;
    else for (const other of common.keys()) if (!unmet.has(other)) common.delete(other);
    if (common.size === 0) break;
  }
  return common ?? new Map();
}

type Side = readonly [string, readonly GroupVersion[]];

/** Of each, the options that some option of the other gets on with. */
function supported(ground: Ground, one: Side, two: Side): readonly [readonly GroupVersion[], readonly GroupVersion[]] {
  const [first, second] = [needsOf(ground, one[0]).has(two[0]), needsOf(ground, two[0]).has(one[0])];
  if (first && second) {
    const mine = one[1].filter((option) => two[1].some((other) => getOn(ground, [one[0], option], [two[0], other])));
    return [mine, two[1].filter((other) => mine.some((option) => getOn(ground, [one[0], option], [two[0], other])))];
  }
  if (first) return supportedOneWay(ground, one, two);
  const [theirs, mine] = supportedOneWay(ground, two, one);
  return [mine, theirs];
}

function needsOf({ needs, system }: Ground, service: string): ReadonlySet<string> {
  let found = needs.get(service);
  if (found === undefined) needs.set(service, (found = new Set(system.services.get(service)?.candidates.flatMap(({ requires }) => [...requires.keys()]))));
  return found;
}

/** Only the first needs the second. Few ranges stand for many versions. */
function supportedOneWay({ requirements: { meets } }: Ground, [, options]: Side, [needed, others]: Side): readonly [readonly GroupVersion[], readonly GroupVersion[]] {
  const met = new Map<string, boolean>();
  const isMet = (range: string | undefined): boolean => {
    if (range === undefined) return true;
    let answer = met.get(range);
    if (answer === undefined) met.set(range, (answer = others.some(({ version }) => meets(version, range))));
    return answer;
  };
  const mine = options.filter(({ requires }) => isMet(requires.get(needed)));
  if (mine.some(({ requires }) => !requires.has(needed))) return [mine, others];
  const ranges = [...new Set(mine.flatMap(({ requires }) => requires.get(needed) ?? []))];
  return [mine, others.filter(({ version }) => ranges.some((range) => meets(version, range)))];
}

/** Whether these options, one of each mover, meet all that they and the staying services require. */
export function isWay(ground: Ground, moves: ReadonlyMap<string, GroupVersion>): boolean {
  return [...moves].every(([service, version]) => {
    if (ground.requirements.unmetWithStaying(service, version, (other) => moves.has(other)).length > 0) return false;
    return [...version.requires.keys()].every((other) => ground.requirements.check(service, version, other, moves.get(other)) === undefined);
  });
}

function getOn({ requirements: { check } }: Ground, [one, version]: readonly [string, GroupVersion], [two, other]: readonly [string, GroupVersion]): boolean {
  return check(one, version, two, other) === undefined && check(two, other, one, version) === undefined;
}
