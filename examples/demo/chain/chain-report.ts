import { type Paint, chartLines } from "../chart.ts";
import type { Check } from "../checks.ts";
import { errorsOf } from "../facts.ts";
import { type Report, checkLine } from "../report.ts";
import type { ChainFacts } from "./chain-facts.ts";
import { AFTER, BEFORE, CULPRIT, ROLES, nameOf } from "./services.ts";

export function chainReport(facts: ChainFacts, paint: Paint): Report {
  const checks = chainChecks(facts);
  const { answers, guardedAt, pin } = facts;
  const zero = guardedAt ?? pin.startedAt;
  return {
    passed: checks.every(({ passed }) => passed),
    lines: [
      paint("bold", `What clients of web saw, by the version of ${CULPRIT} that was asked in the end`),
      ...chartLines({ good: BEFORE, bad: AFTER, answers, zero, rowMs: 1000, marks: [{ at: pin.startedAt, text: `pin ${AFTER}` }, { at: zero, text: "the guard" }] }, paint),
      "",
      ...describeTimes(facts),
      ...checks.map((check) => checkLine(check, paint)),
    ],
  };
}

function describeTimes(facts: ChainFacts): readonly string[] {
  const [first] = errorsOf(facts);
  const last = errorsOf(facts).at(-1);
  if (first === undefined || last === undefined || facts.guardedAt === undefined) return [];
  const seconds = (ms: number): string => (ms / 1000).toFixed(1);
  return [`  From the first error to the guard's rollback ${seconds(facts.guardedAt - first.at)} s, to the last error ${seconds(last.at - first.at)} s. With as few requests as these it takes that long to be sure.`, ""];
}

/** What must be true at the end of the chain's story. */
function chainChecks(facts: ChainFacts): readonly Check[] {
  const { answers, explained, guardedAt, pins, service, settledAt } = facts;
  const wanted = Object.fromEntries(ROLES.map((role) => [nameOf(service, role), role === CULPRIT ? BEFORE : AFTER]));
  const after = answers.filter(({ sentAt }) => sentAt > settledAt);
  const errors = after.filter(({ outcome }) => outcome !== "ok").length;
  const failed = answers.filter(({ outcome }) => outcome === "failed");
  return [
    { passed: errorsOf(facts).length > 0, text: `clients met ${errorsOf(facts).length} errors, all of them told by web` },
    { passed: guardedAt !== undefined, text: `the guard took ${nameOf(service, CULPRIT)} back, and no person` },
    { passed: Object.entries(wanted).every(([name, pin]) => pins[name] === pin), text: `pins in the end: ${Object.entries(pins).map(([name, pin]) => `${name} ${pin}`).join(", ")}` },
    { passed: explained.stdout.replaceAll(/\s+/g, " ").includes(`by way of ${ROLES.map((role) => `${nameOf(service, role)} ${AFTER}`).join(" → ")}`), text: "its explanation shows by way of what the failures were seen" },
    { passed: errors === 0 && after.length > 0, text: `${errors} of ${after.length} requests met an error after that` },
    { passed: failed.length === 0, text: `${failed.length} of ${answers.length} requests failed because of the changes${failed.length === 0 ? "" : `, first: ${failed[0]?.why ?? ""}`}` },
  ];
}
