import type { IncomingMessage } from "node:http";
import type { Clock } from "../../core/clock.ts";
import { WELL, type Standing, afterAnswer, afterFailure, isDueForTrial, mayLeaveOut, onTrial } from "../../core/decide/routing/eject-outliers.ts";
import { type Destination, isServedBy } from "../../core/decide/routing/routing-facts.ts";
import { type Choice, type Upstream, keyOf } from "../proxy/upstream.ts";
import { routedRequest } from "./routed-request.ts";
import type { Place, View } from "./view.ts";

export interface BalanceDeps {
  readonly clock: Clock;
  /** 0 up to, not including, 1. */
  readonly random: () => number;
  /** Requests or connections in flight there. */
  readonly inFlight: (upstream: Upstream) => number;
  /** The service that calls. */
  readonly caller: string;
}

/** Which instance takes a request: the routes name its kind, and of that kind one that answers and has little to do. */
export interface Balance {
  readonly follow: (view: View) => void;
  readonly choose: (request: IncomingMessage | undefined, tried: readonly Upstream[]) => Choice;
  readonly answered: (upstream: Upstream) => void;
  readonly unanswered: (upstream: Upstream) => void;
  /** Left out now, `host:port`. */
  readonly leftOut: () => readonly string[];
}

interface Member {
  readonly place: Place;
  standing: Standing;
  /** Wherever it may be chosen from. */
  readonly groups: Group[];
}

/** Those that one destination may mean. */
interface Group {
  readonly members: Member[];
  /** How many of them are left out. */
  out: number;
}

export function createBalance({ caller, clock, inFlight, random }: BalanceDeps): Balance {
  let view: View | undefined;
  let members = new Map<string, Member>();
  let groups = new Map<Destination, Group>();

  const setStanding = (member: Member, standing: Standing): void => {
    if (standing === member.standing) return;
    member.standing = standing;
    for (const group of member.groups) group.out = countOut(group.members);
  };

  const drawn = (candidates: readonly Member[]): Member | undefined => {
    const one = candidates[Math.floor(random() * candidates.length)];
    const other = candidates[Math.floor(random() * candidates.length)];
    if (one === undefined || other === undefined || one === other) return one;
    return inFlight(one.place) <= inFlight(other.place) ? one : other;
  };

  /** Where some are left out, or were tried already. */
  const chosenAmong = (group: Group, tried: readonly Upstream[]): Member | undefined => {
    const now = clock.monotonic();
    const untried = group.members.filter(({ place }) => !tried.some((upstream) => keyOf(upstream) === keyOf(place)));
    // Only a request that nobody has failed yet is put at risk.
    const due = tried.length > 0 ? undefined : untried.find(({ standing }) => isDueForTrial(standing, now));
    if (due !== undefined) {
      setStanding(due, onTrial(due.standing, now));
      return due;
    }
    return drawn(untried.filter(({ standing }) => standing.outUntil === 0)) ?? drawn(untried) ?? drawn(group.members);
  };

  return {
    follow(next) {
      view = next;
      const former = members;
      members = new Map(next.places.map((place) => [keyOf(place), { place, standing: former.get(keyOf(place))?.standing ?? WELL, groups: [] }]));
      groups = groupsOf(next, [...members.values()]);
    },
    choose(request, tried) {
      if (view === undefined) return "nobody";
      const { destination } = view.compiled.decide(routedRequest(request, caller), random());
      const group = destination === undefined ? undefined : groups.get(destination);
      if (group === undefined || group.members.length === 0) return view.routes.none === "fail" ? "refused" : "nobody";
      const member = group.out === 0 && tried.length === 0 ? drawn(group.members) : chosenAmong(group, tried);
      return member?.place ?? "nobody";
    },
    answered(upstream) {
      const member = members.get(keyOf(upstream));
      if (member !== undefined && member.standing !== WELL) setStanding(member, afterAnswer(member.standing));
    },
    unanswered(upstream) {
      const member = members.get(keyOf(upstream));
      if (member === undefined) return;
      const mayEject = member.groups.every(({ members: { length }, out }) => mayLeaveOut(out, length));
      setStanding(member, afterFailure(member.standing, clock.monotonic(), mayEject));
    },
    leftOut: () => [...members.values()].flatMap(({ place: { host, port }, standing }) => (standing.outUntil > 0 ? [`${host}:${port}`] : [])),
  };
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
