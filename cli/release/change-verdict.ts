import { planVerdict } from "../../core/decide/plans/plan-verdict.ts";
import { changeOne } from "../change.ts";
import type { Ending } from "../ending.ts";
import type { ChangeFlags } from "../flags.ts";
import type { Session } from "../session.ts";

/** Undefined clears. */
export function changeVerdict(session: Session, service: string, version: string, flags: ChangeFlags, verdict: "good" | "condemned" | undefined): Promise<Ending> {
  const request = { service, version, verdict, reason: flags.reason, override: flags.override === true };
  return changeOne(session, { flags, service, history: 1, plan: (facts, context) => planVerdict(facts, request, context) });
}
