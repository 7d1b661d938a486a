import { type StoreFault, describeStoreFault } from "../../core/model/fault.ts";
import { firstFew } from "../../core/model/first-few.ts";
import { PACE_CODE } from "../../core/model/pace.ts";
import type { TakeAnswer } from "../../core/operations/pace-slots.ts";
import type { HoldReason } from "../loop/intent.ts";
import type { Pacing } from "./pacing.ts";

/** Whether a change may begin. */
export type Admission = { readonly kind: "granted" } | Waiting;

export interface Waiting {
  readonly kind: "wait";
  readonly status: "reconciling" | "held";
  readonly reason: HoldReason;
}

/** What Consul said when a slot was asked for last. */
export type Asked = { readonly kind: "answer"; readonly answer: TakeAnswer } | { readonly kind: "fault"; readonly fault: StoreFault };

const MOST_NAMED = 5;

/**
 * While it merely waits the words stay the same, whoever is at it: an instance's record is written when they change, and
 * hundreds may wait.
 */
export function describeWaiting(service: string, { move, text }: Pacing, asked: Asked | undefined): Waiting {
  if (asked?.kind === "fault") return describeFault(service, text, asked.fault);
  if (asked?.answer.kind !== "stopped") return waiting("reconciling", `waits for its turn with revision ${move.revision}: the pace of ${service} is ${text}`);
  const { stalled, why } = asked.answer;
  const names = firstFew(stalled, MOST_NAMED);
  const said = why === undefined ? "" : ` (${why})`;
  return waiting("held", `revision ${move.revision} goes no further at pace ${text}, because ${names} stalled with it${said}; this instance keeps what it runs. "rollpin rollback ${service}" goes back; once it is mended, "rollpin restart ${service}" tries again`);
}

function describeFault(service: string, text: string, fault: StoreFault): Waiting {
  const advice = fault.kind === "denied" ? "; let the agent's token write locks/pace/, or set the pace to all" : "";
  return waiting(fault.kind === "denied" ? "held" : "reconciling", `can't ask for its turn at the pace of ${service} (${text}): ${describeStoreFault(fault)}${advice}`);
}

function waiting(status: Waiting["status"], message: string): Waiting {
  return { kind: "wait", status, reason: { code: PACE_CODE, message } };
}
