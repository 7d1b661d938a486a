import { type Facts, BAD, GOOD, answersOfBad, canaryAnswers, errorsOf, fleetAnswers, whenBack } from "./facts.ts";

type Event = readonly [at: number | undefined, what: string];

/** What happened when, in seconds from the start of `rollpin route shift <service> --back`. */
export function canaryTimeline(facts: Facts): readonly string[] {
  const { back, committedAt, shift } = facts;
  const answers = canaryAnswers(facts);
  const bad = answersOfBad({ answers });
  return timeline(back.startedAt, [
    [shift.startedAt, shift.typed],
    [bad[0]?.at, `first answer of ${BAD} at a client`],
    [errorsOf({ answers })[0]?.at, "its first error"],
    [back.startedAt, back.typed],
    [committedAt.back, "committed in one transaction (time in history)"],
    [latest(bad.map(({ sentAt }) => sentAt)), `last request that went to ${BAD} is sent`],
    [bad.at(-1)?.at, `last answer of ${BAD} at a client`],
    [back.endedAt, `rollpin ended, exit ${back.exit ?? "by a signal"}`],
  ]);
}

/** What happened when, in seconds from the start of the rollback command. */
export function fleetTimeline(facts: Facts): readonly string[] {
  const { committedAt, instances, pin, rollback } = facts;
  const errors = errorsOf({ answers: fleetAnswers(facts) });
  const back = whenBack(facts);
  return timeline(rollback.startedAt, [
    [pin.startedAt, pin.typed],
    [errors[0]?.at, `first error of ${BAD} at a client`],
    [rollback.startedAt, rollback.typed],
    [committedAt.rollback, "committed in one transaction (time in history)"],
    [back[0]?.at, `first instance back: ${back[0]?.instance} answers ${GOOD}`],
    [back.length < instances.length ? undefined : back.at(-1)?.at, `last of ${instances.length} back: ${back.at(-1)?.instance} answers ${GOOD}`],
    [errors.at(-1)?.at, `last error of ${BAD} at a client`],
    [rollback.endedAt, `rollpin ended, exit ${rollback.exit ?? "by a signal"}`],
  ]);
}

function timeline(zero: number, events: readonly Event[]): readonly string[] {
  return events
    .filter((event): event is readonly [number, string] => event[0] !== undefined)
    .sort(([a], [b]) => a - b)
    .map(([at, what]) => `${secondsFrom(zero, at)}  ${what}`);
}

function latest(times: readonly number[]): number | undefined {
  return times.length === 0 ? undefined : Math.max(...times);
}

function secondsFrom(zero: number, at: number): string {
  const seconds = (at - zero) / 1000;
  return `${seconds > 0 ? "+" : ""}${seconds.toFixed(2)} s`.padStart(9);
}
