/**
 * Who of HAProxy's servers is left out for not answering: by its counters and by the rules of the built-in router.
 * HAProxy's own "observe layer7" marked nobody down in 2.6.12 where every other request ran into "timeout server".
 */
import { type Outcomes, type Standing, afterOutcomes, isDueForTrial, onTrial } from "../../core/decide/routing/eject-outliers.ts";
import { type Member, createStandings, mayEject } from "../routers/standings.ts";
import type { View } from "../routers/view.ts";
import type { Duties, Duty } from "./duties.ts";
import type { Observed } from "./observed.ts";
import { type Counts, countsIn, outcomesBetween } from "./server-outcomes.ts";
import { serverName } from "./server-name.ts";

/** Another duty than before. */
export interface DutyChange {
  readonly server: string;
  /** A sentence, where somebody should hear of it. */
  readonly message: string | undefined;
}

export interface ServerJudge {
  follow(view: View): void;
  /** What HAProxy has counted since the last look; `now` is monotonic. */
  look(observed: Observed, now: number): { readonly changes: readonly DutyChange[]; readonly failures: number };
  /** What came between the last look and the next isn't known. */
  lookAway(): void;
  duties(): Duties;
  isTrying(): boolean;
  /** `host:port`. */
  leftOut(): readonly string[];
}

export function judgeServers(): ServerJudge {
  const standings = createStandings();
  let former: Counts | undefined;
  /** What those on trial had been sent before it. */
  const sentBefore = new Map<string, number>();
  const dutyOf = ({ standing: { onTrial, outUntil } }: Member): Duty => (onTrial ? "one" : outUntil > 0 ? "none" : "all");

  const judged = (member: Member, sent: number, outcomes: Outcomes | undefined, now: number, name: string): Standing => {
    const { standing } = member;
    // What was sent to it before tells nothing of the trial.
    const isTelling = outcomes !== undefined && !(standing.onTrial && sent === sentBefore.get(name));
    const next = isTelling ? afterOutcomes(standing, outcomes, now, mayEject(member)) : standing;
    if (!isDueForTrial(next, now)) return next;
    if (!next.onTrial) sentBefore.set(name, sent);
    return onTrial(next, now);
  };

  return {
    follow: (view) => standings.follow(view),
    look(observed, now) {
      const counts = countsIn(observed);
      const outcomes = former === undefined ? new Map<string, Outcomes>() : outcomesBetween(former, counts);
      former = counts;
      const changes: DutyChange[] = [];
      for (const member of standings.members()) {
        const server = serverName(member.place);
        const counted = server === undefined ? undefined : counts.get(server);
        if (server === undefined || counted === undefined) continue;
        const before = dutyOf(member);
        standings.set(member, judged(member, counted.sent, outcomes.get(server), now, server));
        if (dutyOf(member) !== before) changes.push({ server, message: describe(member, dutyOf(member), now) });
      }
      return { changes, failures: [...outcomes.values()].reduce((sum, { failures }) => sum + failures, 0) };
    },
    lookAway() {
      former = undefined;
    },
    duties: () => new Map([...standings.members()].flatMap((member): readonly (readonly [string, Duty])[] => {
      const server = dutyOf(member) === "all" ? undefined : serverName(member.place);
      return server === undefined ? [] : [[server, dutyOf(member)]];
    })),
    isTrying: () => [...standings.members()].some(({ standing }) => standing.onTrial),
    leftOut: () => standings.leftOut(),
  };
}

function describe({ place: { host, port, version }, standing: { ejections, outUntil } }: Member, duty: Duty, now: number): string | undefined {
  const who = `${version} at ${host}:${port}`;
  if (duty === "all") return `${who} answers again, and gets its part of the requests`;
  if (duty === "one") return undefined;
  return `${who} ${ejections > 1 ? "still doesn't answer" : "doesn't answer"}: HAProxy sends it nothing for ${Math.round((outUntil - now) / 1_000)} s, then one request to try it. See what is wrong with that instance; Consul shows it as passing`;
}
