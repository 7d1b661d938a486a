import { finalSteps, isOver } from "../../core/decide/operation/advance.ts";
import { describeOperation, describeProgress, operationCommand } from "../../core/decide/operation/describe-operation.ts";
import type { OperationRecord } from "../../core/model/operation.ts";
import type { OperationStanding } from "../operation/standing.ts";
import type { Followed } from "../datacentres/receipts.ts";
import type { Waited } from "../wait.ts";
import { followedText, followedValue } from "./datacentres.ts";
import type { Printable } from "./printable.ts";
import { receiptText } from "./receipt-text.ts";
import { receiptValue } from "./receipt-value.ts";
import { type Screen, visible } from "./screen.ts";
import { wrap } from "./table.ts";
import { age, localTime } from "./times.ts";

export function operationsPrintable(operations: readonly OperationStanding[]): Printable {
  return {
    value: operationsValue(operations),
    text: (screen) => (operations.length === 0 ? "no operation: nothing is under way, and nothing was left behind" : operations.map((one) => operationLines(one, screen)).join("\n")),
  };
}

/** `outcome` is what a verb did with it, in a sentence; `followed` what that applied in several datacentres. */
export function operationPrintable(standing: OperationStanding, outcome?: string, waited?: Waited, followed: readonly Followed[] = []): Printable {
  return {
    value: { ...operationValue(standing, outcome, waited), ...(followed.length === 0 ? {} : { datacentres: followedValue(followed) }) },
    text: (screen) => {
      const receipt = waited?.receipt === undefined ? [] : [receiptText(waited.receipt, screen)];
      const stopped = waited?.stopped === undefined ? [] : [screen.paint("yellow", waited.stopped)];
      return outcome === undefined ? [operationLines(standing, screen), ...stepLines(standing, screen)].join("\n") : [screen.paint("bold", visible(outcome)), ...receipt, ...followedText(followed, screen), ...stopped].join("\n");
    },
  };
}

function operationsValue(operations: readonly OperationStanding[]) {
  return { kind: "operations", operations: operations.map(standingValue) };
}

function operationValue(standing: OperationStanding, outcome: string | undefined, waited: Waited | undefined) {
  return { kind: "operation", operation: standingValue(standing), outcome, message: waited?.stopped, receipt: waited?.receipt === undefined ? undefined : receiptValue(waited.receipt) };
}

function standingValue({ holder, id, problem, record, state }: OperationStanding) {
  return { id, state, holder: holder ?? null, problem, record };
}

const COLORS = { "under-way": "cyan", stopped: "yellow", ended: "yellow", "not-begun": "yellow", unreadable: "red", done: "green", aborted: "dim" } as const;

/** What it is, how far it came, and what to do about it. */
function operationLines({ holder, id, problem, record, state }: OperationStanding, screen: Screen): string {
  const what = record === undefined ? "" : `  ${describeOperation(record)}, ${age(record.at, screen.now)}`;
  const head = `${screen.paint("bold", visible(id))}  ${screen.paint(COLORS[state], state)}${visible(what)}`;
  const details = [
    ...(problem === undefined ? [] : [problem]),
    ...(record === undefined || state === "done" || state === "aborted" ? [] : [describeProgress(record)]),
    ...(holder === undefined ? [] : [`${holder.by} is at it since ${localTime(holder.at)}`]),
    ...(record?.stopped === undefined ? [] : [`stopped at ${localTime(record.stopped.at)}: ${record.stopped.why}`]),
    ...(record?.takenBack === undefined ? [] : [`taken back by ${record.takenBack.by} as ${record.takenBack.plan}`]),
    ...adviceOf(id, state, record),
  ];
  return [wrap(head, screen.columns, "    "), ...details.map((line) => wrap(`    ${visible(line)}`, screen.columns, "      "))].join("\n");
}

function stepLines({ record }: OperationStanding, screen: Screen): readonly string[] {
  if (record === undefined || isOver(record)) return [];
  const waits = new Set(record.putOff?.map(({ step }) => step));
  return record.steps.map(({ about, final, kind }, place) => wrap(`  ${place < record.next && !waits.has(place) ? "done" : "    "}  ${place + 1}. ${kind}: ${visible(about)}${final === true ? " (can't be taken back)" : ""}${waits.has(place) ? " (can't be reached)" : ""}`, screen.columns, "          "));
}

function adviceOnStopped(record: OperationRecord | { readonly id: string }): string {
  const [resume, abort] = [operationCommand("resume", record), operationCommand("abort", record)];
  if (!("phase" in record)) return `${resume} finishes it, ${abort} takes it back`;
  if (record.phase === "aborting") return `${abort} goes on taking it back`;
  if (finalSteps(record).length > 0) return `${resume} finishes it; it can't be taken back any more`;
  return record.phase === "releasing" ? `${resume} ends it` : `${resume} finishes it, ${abort} takes it back`;
}

/** What can be done about it. */
export function adviceOf(id: string, state: OperationStanding["state"], record: OperationRecord | undefined): readonly string[] {
  switch (state) {
    case "stopped":
      return [adviceOnStopped(record ?? { id })];
    case "ended":
      return [`a rollback of one of its services came after it: "rollpin operation abort ${id}" takes back what it did elsewhere`];
    case "not-begun":
      return [`it was cut off before it began: "rollpin operation abort ${id}" clears it away`];
    case "unreadable":
      return ["put back what stood there (a snapshot of Consul has it)"];
    case "under-way":
    case "done":
    case "aborted":
      return [];
  }
}
