import { type Facts, BAD, GOOD, errorsOf, whenBack } from "./facts.ts";

/** What happened when, in seconds from the start of the rollback command. */
export function timelineLines(facts: Facts): readonly string[] {
  const { committedAt, instances, pin, rollback } = facts;
  const errors = errorsOf(facts);
  const back = whenBack(facts);
  const events: readonly (readonly [number | undefined, string])[] = [
    [pin.startedAt, pin.typed],
    [errors[0]?.at, `first error of ${BAD} at a client`],
    [rollback.startedAt, rollback.typed],
    [committedAt, "committed in one transaction (time in history)"],
    [back[0]?.at, `first instance back: ${back[0]?.instance} answers ${GOOD}`],
    [back.length < instances.length ? undefined : back.at(-1)?.at, `last of ${instances.length} back: ${back.at(-1)?.instance} answers ${GOOD}`],
    [errors.at(-1)?.at, `last error of ${BAD} at a client`],
    [rollback.endedAt, `rollpin ended, exit ${rollback.exit ?? "by a signal"}`],
  ];
  return events
    .filter((event): event is readonly [number, string] => event[0] !== undefined)
    .sort(([a], [b]) => a - b)
    .map(([at, what]) => `${secondsFrom(rollback.startedAt, at)}  ${what}`);
}

function secondsFrom(zero: number, at: number): string {
  const seconds = (at - zero) / 1000;
  return `${seconds > 0 ? "+" : ""}${seconds.toFixed(2)} s`.padStart(9);
}
