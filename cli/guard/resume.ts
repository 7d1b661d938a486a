import type { GuardState } from "../../core/model/guard-records.ts";
import type { Stored } from "../../core/model/facts.ts";
import { readGuardState } from "../../core/operations/guard/guard-state.ts";
import { guardStateKey } from "../../core/store/keys.ts";
import type { Store } from "../../core/store/port.ts";
import { confirm, refuseToGuess } from "../confirm.ts";
import { type Ending, failed, failureOfStore, result } from "../ending.ts";
import type { ChangeFlags } from "../flags.ts";
import { gatherKnown } from "../gather.ts";
import { type ResumedGuard, describeResumed, resumedPrintable } from "../output/guard.ts";
import type { Session } from "../session.ts";

/** Takes the brake off. What was dealt with stays so: the same cause isn't acted on again. */
export async function resumeGuard(session: Session, service: string, flags: ChangeFlags): Promise<Ending> {
  const allowed = refuseToGuess(session, flags, `this lets the guard of ${service} change things again`);
  if (!allowed.ok) return failed(allowed.fault);
  const store = await session.store();
  if (!store.ok) return failed(store.fault);
  const [known, state] = await Promise.all([gatherKnown(store.value, [service], { signal: session.signal, history: 1 }), readGuardState(store.value, service, session.signal)]);
  if (!known.ok) return failed(known.fault);
  if (!state.ok) return failed(failureOfStore(state.fault));
  const latched = state.value?.value.latched;
  const asked: ResumedGuard = { service, latched, outcome: latched === undefined ? "unchanged" : "planned" };
  if (state.value === undefined || latched === undefined || flags.dryRun === true) return result(resumedPrintable(asked));
  if (flags.yes !== true) session.world.stderr.write(`${describeResumed(asked)}\n`);
  const agreed = await confirm(session, flags, "Do this?");
  return agreed.ok ? release(store.value, state.value, asked) : failed(agreed.fault);
}

/** What the brake counted is forgotten with it: else it would be on again at once. */
async function release(store: Store, { modifyIndex, value }: Stored<GuardState>, asked: ResumedGuard): Promise<Ending> {
  const { latched: _, ...rest } = value;
  const next: GuardState = { ...rest, changes: [] };
  const written = await store.transact([{ kind: "replace", key: guardStateKey(asked.service), value: JSON.stringify(next), modifyIndex }]);
  if (written.ok) return result(resumedPrintable({ ...asked, outcome: "changed" }));
  if (written.fault.kind !== "conflict") return failed(failureOfStore(written.fault));
  return failed({ code: "conflict", message: `the guard of ${asked.service} wrote something just now; nothing was changed here: look at "rollpin guard explain ${asked.service}" and say it again` });
}
