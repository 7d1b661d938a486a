import { WELL, type Standing, mayLeaveOut } from "../../core/decide/routing/eject-outliers.ts";
import { type Destination, isServedBy } from "../../core/decide/routing/routing-facts.ts";
import { keyOf } from "../proxy/upstream.ts";
import type { Place, View } from "./view.ts";

/** An instance, and how it answered one router lately. */
export interface Member {
  readonly place: Place;
  standing: Standing;
  /** Wherever it may be chosen from. */
  readonly groups: Group[];
}

/** Those that one destination may mean. */
export interface Group {
  readonly members: readonly Member[];
  /** How many of them are left out. */
  out: number;
}

/** How the instances of a view answered one router, and who is left out for it. */
export interface Standings {
  /** Who was there before keeps its standing. */
  follow(view: View): void;
  members(): Iterable<Member>;
  memberAt(key: string): Member | undefined;
  groupOf(destination: Destination): Group | undefined;
  set(member: Member, standing: Standing): void;
  /** Left out now, `host:port`. */
  leftOut(): readonly string[];
}

export function createStandings(): Standings {
  let members = new Map<string, Member>();
  let groups = new Map<Destination, Group>();
  return {
    follow(view) {
      const former = members;
      members = new Map(view.places.map((place) => [keyOf(place), { place, standing: former.get(keyOf(place))?.standing ?? WELL, groups: [] }]));
      groups = groupsOf(view, [...members.values()]);
    },
    members: () => members.values(),
    memberAt: (key) => members.get(key),
    groupOf: (destination) => groups.get(destination),
    set(member, standing) {
      if (standing === member.standing) return;
      member.standing = standing;
      for (const group of member.groups) group.out = countOut(group.members);
    },
    leftOut: () => [...members.values()].flatMap(({ place: { host, port }, standing }) => (standing.outUntil > 0 ? [`${host}:${port}`] : [])),
  };
}

/** Whether it may be left out as well, wherever it may be chosen from. */
export function mayEject({ groups }: Member): boolean {
  return groups.every(({ members, out }) => mayLeaveOut(out, members.length));
}

function groupsOf({ compiled }: View, members: readonly Member[]): Map<Destination, Group> {
  return new Map(
    compiled.destinations.map((destination) => {
      const served = members.filter(({ place }) => place.service === destination.service && isServedBy(destination, place.instance));
      const group: Group = { members: served, out: countOut(served) };
      for (const member of served) member.groups.push(group);
      return [destination, group];
    }),
  );
}

function countOut(members: readonly Member[]): number {
  return members.filter(({ standing: { outUntil } }) => outUntil > 0).length;
}
