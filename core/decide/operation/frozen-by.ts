import type { ServicePlan } from "../../model/plan.ts";
import type { Head } from "../../model/records.ts";
import { canonical } from "../digest.ts";

/** Whether a head is what a freeze, or the end of one, made of the head that it was planned from: the freeze, who and when, and the mark apart, both are the same. */
export function isFrozenBy(head: Head, { freeze, head: read }: Pick<ServicePlan, "freeze" | "head">): boolean {
  return read !== undefined && canonical(othersOf(head)) === canonical(othersOf(read.value)) && canonical(asked(head.freeze)) === canonical(asked(freeze ?? undefined));
}

function othersOf(head: Head): Omit<Head, "at" | "by" | "freeze" | "operation"> {
  const { at: _, by: __, freeze: ___, operation: ____, ...others } = head;
  return others;
}

/** Without who and when. */
function asked(freeze: NonNullable<ServicePlan["freeze"]> | undefined): Pick<NonNullable<ServicePlan["freeze"]>, "scope" | "until" | "reason"> | undefined {
  return freeze === undefined ? undefined : { scope: freeze.scope, until: freeze.until, reason: freeze.reason };
}
