/** What is printed when the story is over: each way back with its chart and its timeline, and whether all of it held. */
import { type Paint, chartLines } from "./chart.ts";
import { type Check, checksOf } from "./checks.ts";
import { type Facts, BAD, GOOD, SHARE, canaryAnswers, fleetAnswers } from "./facts.ts";
import { canaryTimeline, fleetTimeline } from "./timeline.ts";

export interface Report {
  readonly lines: readonly string[];
  readonly passed: boolean;
}

export function reportOf(facts: Facts, paint: Paint): Report {
  const checks = checksOf(facts);
  const { back, pin, rollback, shift } = facts;
  return {
    passed: checks.every(({ passed }) => passed),
    lines: [
      paint("bold", `The canary: ${SHARE}% of the requests to ${BAD}, and back`),
      ...chartLines({ good: GOOD, bad: BAD, answers: canaryAnswers(facts), zero: back.startedAt, rowMs: 1000, marks: [{ at: shift.startedAt, text: `shift ${SHARE}%` }, { at: back.startedAt, text: "back" }] }, paint),
      "",
      "Timeline, in seconds from the command that took it back:",
      ...canaryTimeline(facts),
      "",
      paint("bold", `The whole fleet: all to ${BAD}, and back`),
      ...chartLines({ good: GOOD, bad: BAD, answers: fleetAnswers(facts), zero: rollback.startedAt, rowMs: 500, marks: [{ at: pin.startedAt, text: `pin ${BAD}` }, { at: rollback.startedAt, text: "rollback" }] }, paint),
      "",
      "Timeline, in seconds from the rollback command:",
      ...fleetTimeline(facts),
      "",
      ...checks.map((check) => checkLine(check, paint)),
    ],
  };
}

export function checkLine({ passed, text }: Check, paint: Paint): string {
  return `  ${passed ? paint("green", "ok") : paint("red", "NOT OK")}  ${text}`;
}
