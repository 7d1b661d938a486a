import type { IncomingMessage } from "node:http";
import type { Clock } from "../../core/clock.ts";
import { WELL, afterAnswer, afterFailure, isDueForTrial, onTrial } from "../../core/decide/routing/eject-outliers.ts";
import { type Choice, type Upstream, keyOf } from "../proxy/upstream.ts";
import { routedRequest } from "./routed-request.ts";
import { type Group, type Member, createStandings, mayEject } from "./standings.ts";
import type { View } from "./view.ts";

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

export function createBalance({ caller, clock, inFlight, random }: BalanceDeps): Balance {
  let view: View | undefined;
  const standings = createStandings();

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
      standings.set(due, onTrial(due.standing, now));
      return due;
    }
    return drawn(untried.filter(({ standing }) => standing.outUntil === 0)) ?? drawn(untried) ?? drawn(group.members);
  };

  return {
    follow(next) {
      view = next;
      standings.follow(next);
    },
    choose(request, tried) {
      if (view === undefined) return "nobody";
      const { destination } = view.compiled.decide(routedRequest(request, caller), random());
      const group = destination === undefined ? undefined : standings.groupOf(destination);
      if (group === undefined || group.members.length === 0) return view.routes.none === "fail" ? "refused" : "nobody";
      const member = group.out === 0 && tried.length === 0 ? drawn(group.members) : chosenAmong(group, tried);
      return member?.place ?? "nobody";
    },
    answered(upstream) {
      const member = standings.memberAt(keyOf(upstream));
      if (member !== undefined && member.standing !== WELL) standings.set(member, afterAnswer(member.standing));
    },
    unanswered(upstream) {
      const member = standings.memberAt(keyOf(upstream));
      if (member !== undefined) standings.set(member, afterFailure(member.standing, clock.monotonic(), mayEject(member)));
    },
    leftOut: () => standings.leftOut(),
  };
}
