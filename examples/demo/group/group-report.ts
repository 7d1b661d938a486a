import { isDeepStrictEqual } from "node:util";
import { type Paint, chartLines } from "../chart.ts";
import type { Check } from "../checks.ts";
import { type Report, checkLine } from "../report.ts";
import type { GroupFacts, Stand } from "./group-facts.ts";
import { ORDERS, PAYMENTS, SCHEMA, nameOf } from "./services.ts";

export function groupReport(facts: GroupFacts, paint: Paint): Report {
  const checks = groupChecks(facts);
  const { answers, rollback, undo } = facts;
  return {
    passed: checks.every(({ passed }) => passed),
    lines: [
      paint("bold", "Orders that clients of web placed, by the version of orders that took them"),
      ...chartLines({ good: ORDERS.good, bad: ORDERS.bad, answers, zero: rollback.startedAt, rowMs: 1000, marks: [{ at: rollback.startedAt, text: "rollback" }, { at: undo.startedAt, text: "undo" }] }, paint),
      "",
      `  While the data moved, ${describeMeanwhile(facts)}.`,
      "",
      ...checks.map((check) => checkLine(check, paint)),
    ],
  };
}

/** What must be true at the end of the group's story. */
export function groupChecks(facts: GroupFacts): readonly Check[] {
  const { answers, back, before, orders, plan, rollback, service, undo, undone } = facts;
  const moved = plan.services.map((one) => one.service).sort();
  const chosen = [nameOf(service, "orders"), nameOf(service, "payments")];
  const along = plan.services.find((one) => one.service === chosen[1]);
  const after = answers.filter(({ at, sentAt }) => sentAt > rollback.endedAt && at < undo.startedAt);
  const errors = after.filter(({ outcome }) => outcome !== "ok").length;
  const taken = answers.flatMap(({ mark }) => mark ?? []);
  const lost = taken.filter((mark) => !orders.has(mark)).length;
  const wanted: Stand = { pins: { ...before.pins, [nameOf(service, "orders")]: ORDERS.good, [nameOf(service, "payments")]: PAYMENTS.before }, schema: SCHEMA.before };
  return [
    { passed: isDeepStrictEqual(moved, chosen), text: `the plan moves ${moved.join(" and ")}, and nobody else: ${along?.why ?? "nothing goes along"}` },
    { passed: rollback.exit === 0, text: `the rollback's receipt is complete (exit ${rollback.exit ?? "by a signal"})` },
    { passed: isDeepStrictEqual(back, wanted), text: `back: ${describeStand(back)}` },
    { passed: errors === 0 && after.length > 0, text: `${errors} of ${after.length} requests met an error between the receipt and the undo` },
    { passed: undo.exit === 0 && isDeepStrictEqual(undone, before), text: `undone: ${describeStand(undone)}, as before (exit ${undo.exit ?? "by a signal"})` },
    { passed: lost === 0 && taken.length > 0, text: `${lost} of ${taken.length} orders that clients were told of are missing in the database, which has been taken back and on` },
  ];
}

/** Those that were sent then: what waited may be answered a moment after the receipt. */
function describeMeanwhile({ answers, rollback }: GroupFacts): string {
  const meanwhile = answers.filter(({ sentAt }) => sentAt >= rollback.startedAt && sentAt <= rollback.endedAt);
  const bad = meanwhile.filter(({ outcome }) => outcome !== "ok").length;
  const seconds = ((rollback.endedAt - rollback.startedAt) / 1000).toFixed(1);
  return `${bad} of ${meanwhile.length} requests met an error, in the ${seconds} s from the command to its receipt: traffic went off orders ${ORDERS.bad} before its schema did, and what came waited for orders ${ORDERS.good} (5 s at most); what payments ${PAYMENTS.after} had asked by then got an answer that it can't read`;
}

function describeStand({ pins, schema }: Stand): string {
  return `${Object.entries(pins).map(([service, pin]) => `${service} ${pin}`).join(", ")}, schema ${schema}`;
}
