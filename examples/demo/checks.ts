import { type Facts, BAD, GOOD, SHARE, answersOfBad, errorsOf, sharedAnswers, whenBack } from "./facts.ts";

export interface Check {
  readonly passed: boolean;
  readonly text: string;
}

/** As rollpin.yaml has it: for so long a former process may be asked. */
const DRAIN_MS = 2_000;

/** What must be true at the end of a demo; it exits with 0 only if all of it is. */
export function checksOf(facts: Facts): readonly Check[] {
  return [...canaryChecks(facts), ...fleetChecks(facts), ...requestChecks(facts)];
}

function canaryChecks({ answers, back, pin, shift }: Facts): readonly Check[] {
  const shared = sharedAnswers({ answers, back, shift });
  const bad = answersOfBad({ answers });
  const early = bad.filter(({ at }) => at < shift.startedAt).length;
  const late = bad.filter(({ at, sentAt }) => sentAt > back.endedAt && at < pin.startedAt).length;
  return [
    { passed: early === 0, text: `${early} requests went to the canary before the routes said so` },
    { passed: shift.exit === 0, text: `the router served the canary's share: ${percent(answersOfBad({ answers: shared }).length, shared.length)} of ${shared.length} requests, ${SHARE}% wanted (exit ${shift.exit ?? "by a signal"})` },
    { passed: back.exit === 0, text: `the router served the way back (exit ${back.exit ?? "by a signal"})` },
    { passed: late === 0, text: `${late} requests that were sent after its receipt went to ${BAD}` },
  ];
}

function fleetChecks(facts: Facts): readonly Check[] {
  const { answers, instances, pin, rollback, running, verdict } = facts;
  const of = instances.length;
  const back = whenBack(facts).length;
  const late = answersOfBad({ answers }).filter(({ at }) => at > rollback.endedAt + DRAIN_MS).length;
  return [
    { passed: pin.exit === 0, text: `${BAD} was given to all ${of} (exit ${pin.exit ?? "by a signal"})` },
    { passed: rollback.exit === 0, text: `the rollback's receipt is complete (exit ${rollback.exit ?? "by a signal"})` },
    { passed: running[GOOD] === of && Object.keys(running).length === 1, text: `rollpin status: ${describeRunning(running)}` },
    { passed: back === of, text: `clients saw ${back} of ${of} instances back on ${GOOD}` },
    { passed: late === 0, text: `${late} answers of ${BAD} later than its drain after rollpin said that all were back` },
    { passed: verdict === "condemned", text: `${BAD} is ${verdict ?? "not condemned"}: pinning it again needs --override` },
  ];
}

/** Whose errors they are: what the bad version answers by itself is no fault of the way there or back. */
function requestChecks({ answers }: Facts): readonly Check[] {
  const errors = errorsOf({ answers });
  const byBad = answersOfBad({ answers }).length;
  const byGood = errors.filter(({ version }) => version !== BAD).length;
  const failed = answers.filter(({ outcome }) => outcome === "failed");
  return [
    { passed: failed.length === 0, text: `${failed.length} of ${answers.length} requests failed because of the changes${failed.length === 0 ? "" : `, first: ${failed[0]?.why ?? ""}`}` },
    { passed: errors.length > 0 && byGood === 0, text: `${errors.length} of ${byBad} answers of ${BAD} were its own errors (${percent(errors.length, byBad)}), ${byGood} of ${GOOD}'s` },
  ];
}

function describeRunning(running: Facts["running"]): string {
  return Object.entries(running).map(([version, count]) => `${count} run ${version}`).join(", ") || "nothing runs";
}

function percent(part: number, whole: number): string {
  return `${((100 * part) / Math.max(1, whole)).toFixed(1)}%`;
}
