import type { Plan } from "../../core/model/plan.ts";
import type { Asked } from "../../core/model/requests.ts";
import type { AppliedPlan } from "../../core/operations/apply.ts";
import type { Waited } from "../wait.ts";
import { planText, shortFingerprint } from "./plan-text.ts";
import { planPrintable, planValue } from "./plan-value.ts";
import type { Printable } from "./printable.ts";
import { receiptText } from "./receipt-text.ts";
import { receiptValue } from "./receipt-value.ts";
import type { Screen } from "./screen.ts";

/** A dry run: the plan itself. `kept`: it was put where `rollpin apply` finds it by its fingerprint. */
export function planOnlyPrintable(plan: Plan, asked: Asked | undefined, kept: boolean): Printable {
  const next = kept ? `; "rollpin apply ${shortFingerprint(plan.fingerprint)}" does exactly this, as long as nothing moves` : "";
  return { value: planPrintable(plan, asked), text: (screen) => `${planText(plan, screen)}\n${screen.paint("dim", `dry run: nothing was changed${next}`)}` };
}

/** It is already so. */
export function nothingPrintable(message: string): Printable {
  return { value: changeValue({ changed: false, message }), text: () => `nothing to change: ${message}` };
}

/** What was changed, and the proof, where it was waited for. */
export function changePrintable(plan: Plan, applied: AppliedPlan, waited: Waited | undefined): Printable {
  return {
    value: changeValue({
      changed: true,
      message: waited?.stopped,
      id: applied.id,
      at: applied.at,
      services: applied.services.map(({ service, revision }) => ({ service, revision })),
      plan: planValue(plan),
      receipt: waited?.receipt === undefined ? undefined : receiptValue(waited.receipt),
    }),
    text: (screen) => changeText(plan, applied, waited, screen),
  };
}

interface ChangeFields {
  readonly changed: boolean;
  readonly message?: string | undefined;
  readonly id?: string;
  readonly at?: string;
  readonly services?: readonly { readonly service: string; readonly revision: number }[];
  readonly plan?: ReturnType<typeof planValue>;
  readonly receipt?: ReturnType<typeof receiptValue> | undefined;
}

function changeValue(fields: ChangeFields): ChangeFields & { readonly kind: "change" } {
  return { kind: "change", ...fields };
}

function changeText(plan: Plan, applied: AppliedPlan, waited: Waited | undefined, screen: Screen): string {
  const recorded = plan.services.some((service) => service.recorded);
  const names = applied.services.map(({ service, revision }) => (recorded ? `${service} revision ${revision}` : service));
  const done = `${recorded ? `${plan.kind} ${applied.id}` : plan.kind}: ${names.join(", ")}`;
  // A pace concerns nobody now, so there was nobody to wait for.
  if (waited === undefined) return recorded && plan.kind !== "pace" ? `${done}\n${screen.paint("dim", "not waited for; rollpin status shows who has it")}` : done;
  const lines = [
    screen.paint("bold", done),
    ...(waited.receipt === undefined ? [] : [receiptText(waited.receipt, screen)]),
    ...(waited.stopped === undefined ? [] : [screen.paint("yellow", waited.stopped)]),
  ];
  return lines.join("\n");
}
