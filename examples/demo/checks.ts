import { type Facts, BAD, GOOD, errorsOf, whenBack } from "./facts.ts";

export interface Check {
  readonly passed: boolean;
  readonly text: string;
}

/** As rollpin.yaml has it: for so long clients that haven't heard of the change yet may ask the old process. */
const DRAIN_MS = 2_000;

/** What must be true at the end of a demo; it exits with 0 only if all of it is. */
export function checksOf(facts: Facts): readonly Check[] {
  const { instances, answers, pin, rollback, running, verdict } = facts;
  const of = instances.length;
  const back = whenBack(facts).length;
  const errors = errorsOf(facts);
  const byBad = answers.filter(({ version }) => version === BAD).length;
  const byGood = errors.filter(({ version }) => version !== BAD).length;
  const failed = answers.filter(({ outcome }) => outcome === "failed");
  const late = answers.filter(({ at, version }) => version === BAD && at > rollback.endedAt + DRAIN_MS).length;
  return [
    { passed: pin.exit === 0, text: `${BAD} was rolled out to all ${of} (exit ${pin.exit ?? "by a signal"})` },
    { passed: rollback.exit === 0, text: `the rollback's receipt is complete (exit ${rollback.exit ?? "by a signal"})` },
    { passed: running[GOOD] === of && Object.keys(running).length === 1, text: `rollpin status: ${describeRunning(running)}` },
    { passed: back === of, text: `clients saw ${back} of ${of} instances back on ${GOOD}` },
    { passed: late === 0, text: `${late} answers of ${BAD} later than its drain after rollpin said that all were back` },
    { passed: verdict === "condemned", text: `${BAD} is ${verdict ?? "not condemned"}: pinning it again needs --override` },
    { passed: failed.length === 0, text: `${failed.length} of ${answers.length} requests failed because of the two changes${failed.length === 0 ? "" : `, first: ${failed[0]?.why ?? ""}`}` },
    { passed: errors.length > 0 && byGood === 0, text: `${errors.length} of ${byBad} answers of ${BAD} were its own errors (${percent(errors.length, byBad)}), ${byGood} of ${GOOD}'s` },
  ];
}

function describeRunning(running: Facts["running"]): string {
  return Object.entries(running).map(([version, count]) => `${count} run ${version}`).join(", ") || "nothing runs";
}

function percent(part: number, whole: number): string {
  return `${((100 * part) / Math.max(1, whole)).toFixed(1)}%`;
}
