import { describeBadRecord } from "../../core/model/parse-record.ts";
import { readGuardActions } from "../../core/operations/guard/read-actions.ts";
import { type Ending, failed, failureOfStore, result, usage } from "../ending.ts";
import { gatherKnown } from "../gather.ts";
import { guardPrintable } from "../output/guard.ts";
import type { Session } from "../session.ts";
import { gatherGuards } from "../status/gather-guards.ts";

/** One action with all it rests on, the newest unless a number is given; and the others in a line each. */
export async function explainGuard(session: Session, service: string, number: number | undefined): Promise<Ending> {
  const { signal, world } = session;
  const store = await session.store();
  if (!store.ok) return failed(store.fault);
  const [known, guards, actions] = await Promise.all([gatherKnown(store.value, [service], { signal, history: 1 }), gatherGuards(store.value, [service], signal), readGuardActions(store.value, service, signal)]);
  if (!known.ok) return failed(known.fault);
  if (!guards.ok) return failed(failureOfStore(guards.fault));
  if (!actions.ok) return failed(failureOfStore(actions.fault));
  for (const bad of actions.value.bad) world.stderr.write(`${store.value.prefix}/${describeBadRecord(bad)}\n`);
  const chosen = number === undefined ? actions.value.good[0] : actions.value.good.find(({ action }) => action === number);
  if (number !== undefined && chosen === undefined) return failed(usage(`the guard of ${service} has no action ${number}${actions.value.good.length === 0 ? ": it has done and said nothing yet" : `: it keeps ${actions.value.good.at(-1)?.action} to ${actions.value.good[0]?.action}`}`));
  return result(guardPrintable({ service, guard: guards.value.get(service), action: chosen, actions: actions.value.good }));
}
