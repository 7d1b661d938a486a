import { parseIsoTime } from "../../../core/clock.ts";
import { type Paint, chartLines } from "../chart.ts";
import type { Check } from "../checks.ts";
import { BAD, GOOD } from "../facts.ts";
import type { Answer } from "../load.ts";
import { type Report, checkLine } from "../report.ts";
import type { GuardedFacts } from "./guarded-facts.ts";

export function guardedReport(facts: GuardedFacts, paint: Paint): Report {
  const checks = guardedChecks(facts);
  const back = backAt(facts);
  return {
    passed: checks.every(({ passed }) => passed),
    lines: [
      paint("bold", `A rollout to ${BAD}, and back by itself`),
      ...chartLines({ good: GOOD, bad: BAD, answers: facts.answers, zero: back, rowMs: 1000, marks: [{ at: facts.start.startedAt, text: "rollout start" }, { at: back, text: "turned back" }] }, paint),
      "",
      ...checks.map((check) => checkLine(check, paint)),
    ],
  };
}

function backAt({ rollout: { endedAt }, start }: GuardedFacts): number {
  return endedAt === undefined ? start.startedAt : parseIsoTime(endedAt);
}

/** What must be true at the end. */
export function guardedChecks(facts: GuardedFacts): readonly Check[] {
  const { answers, pins, rollout, verdict } = facts;
  const back = backAt(facts);
  const failed = answers.filter(({ outcome }) => outcome === "failed").length;
  const errors = answers.filter(({ outcome }) => outcome === "error");
  const [first, last] = [errors[0], errors.at(-1)];
  const ofBad = answers.filter(({ version }) => version === BAD);
  const late = Math.max(0, (ofBad.at(-1)?.sentAt ?? back) - back);
  const accused = Object.entries(rollout.readings ?? {}).filter(([, { says }]) => says === "bad");
  return [
    { passed: rollout.state === "turned-back", text: `the rollout is ${rollout.state}, at step ${rollout.taken}: ${rollout.why ?? "no reason was given"}` },
    { passed: accused.some(([name]) => name === "errors"), text: accused.length === 0 ? "no evidence is kept" : `the evidence is kept: ${accused.map(([name, { summary }]) => `${name}: ${summary}`).join("; ")}` },
    { passed: Object.values(pins).every((pin) => pin === GOOD), text: `pins at the end: ${Object.entries(pins).map(([track, pin]) => `${track} ${pin}`).join(", ")}` },
    { passed: verdict === "condemned", text: `${BAD} is ${verdict ?? "without a verdict"}, so that nobody pins it again unawares` },
    { passed: errors.length > 0 && errors.length * 10 < answers.length, text: `${errors.length} of ${answers.length} answers were errors (${share(errors, answers)}), over ${seconds((last?.at ?? 0) - (first?.at ?? 0))}` },
    { passed: late < 5_000, text: `the last request that ${BAD} got was sent ${seconds(late)} after the turn back was committed` },
    { passed: failed === 0, text: `${failed} of ${answers.length} requests failed because of the changes` },
  ];
}

function share(part: readonly Answer[], all: readonly Answer[]): string {
  return `${((part.length / Math.max(1, all.length)) * 100).toFixed(1)}%`;
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
