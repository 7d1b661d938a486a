import { determineAffected, isRouted } from "../core/decide/affected.ts";
import type { ServiceFacts } from "../core/model/facts.ts";
import { describeStoreFault } from "../core/model/fault.ts";
import { boundedPace } from "../core/model/pace.ts";
import type { Plan } from "../core/model/plan.ts";
import type { Receipt } from "../core/model/receipt.ts";
import type { AppliedPlan } from "../core/operations/apply.ts";
import { type ReceiptScope, followReceipt } from "../core/operations/follow-receipt.ts";
import type { Store } from "../core/store/port.ts";
import { createProgress } from "./output/progress.ts";
import { isComplete } from "./output/receipt-text.ts";
import type { Session } from "./session.ts";

/** How waiting ended: the last receipt, and why it isn't the end of the matter where that is so. */
export interface Waited {
  readonly receipt: Receipt | undefined;
  /** Ctrl-C, --timeout, or a Consul that can't be read. */
  readonly stopped?: string | undefined;
}

/** Whether all who must have applied it; there is nothing more to say where nobody was waited for. */
export function isEverywhere(waited: Waited | undefined): boolean {
  return waited === undefined || (waited.receipt !== undefined && waited.stopped === undefined && isComplete(waited.receipt));
}

/** Who must apply the plan, settled from the facts that it was made from. What concerns no instance (pace) isn't waited for. */
export function receiptScopes(plan: Pick<Plan, "services">, applied: AppliedPlan, facts: readonly ServiceFacts[]): readonly ReceiptScope[] {
  return plan.services.flatMap((one) => {
    const revision = applied.services.find(({ service }) => service === one.service)?.revision;
    const instances = facts.find(({ service }) => service === one.service)?.instances ?? [];
    const { must, tracks } = determineAffected(one, instances);
    if (!one.recorded || revision === undefined || tracks?.length === 0) return [];
    const isNotice = one.mode === "observe" || one.mode === "ejected";
    // Who isn't there needn't be told to do nothing.
    return isNotice && must.length === 0 ? [] : [{ service: one.service, revision, must, tracks, isNotice, routed: isRouted(one), paced: boundedPace(one.after.pace) !== undefined }];
  });
}

/** Follows who has applied a plan. Whatever ends it, the change stands. */
export async function waitForReceipt(session: Session, store: Store, applied: AppliedPlan, scopes: readonly ReceiptScope[], timeoutMs: number | undefined): Promise<Waited> {
  const { clock } = session.world;
  const progress = createProgress(session);
  const limit = new AbortController();
  const done = new AbortController();
  const timer = timeoutMs === undefined ? undefined : clock.sleep(timeoutMs, done.signal).then(() => limit.abort());
  const signal = AbortSignal.any([session.signal, limit.signal]);
  let receipt: Receipt | undefined;
  let unreadable: string | undefined;
  const deps = { signal, clock, random: Math.random, onFault: (fault: Parameters<typeof describeStoreFault>[0]) => void (unreadable = describeStoreFault(fault)) };
  for await (const step of followReceipt(store, { plan: applied.id, at: applied.at, services: scopes }, deps)) {
    receipt = step;
    progress.show(step);
  }
  progress.end();
  done.abort();
  await timer;
  if (receipt !== undefined && receipt.state !== "waiting") return { receipt };
  return { receipt, stopped: [whyStopped(session, timeoutMs), ...(receipt === undefined && unreadable !== undefined ? [unreadable] : [])].join("; ") };
}

function whyStopped({ signal }: Session, timeoutMs: number | undefined): string {
  const why = signal.aborted ? "stopped waiting" : `not everywhere within ${timeoutMs} ms (--timeout)`;
  return `${why}; the change stands, and agents go on applying it: rollpin status`;
}
