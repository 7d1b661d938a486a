import { breakLock } from "../../core/operations/journal/hold-operation.ts";
import { consulTime } from "../../core/store/consul-time.ts";
import { confirm, refuseToGuess } from "../confirm.ts";
import { type Ending, failed, failureOfStore, result } from "../ending.ts";
import type { ChangeFlags } from "../flags.ts";
import { operationPrintable } from "../output/operation.ts";
import { age } from "../output/times.ts";
import type { Session } from "../session.ts";
import { findOperation } from "./look.ts";

/** Takes the lock from a program that hangs, once a person knows whose it is. What that one still tries to write fails. */
export async function unlock(session: Session, id: string, flags: ChangeFlags): Promise<Ending> {
  const allowed = refuseToGuess(session, flags, "this takes an operation from whoever is at it");
  if (!allowed.ok) return failed(allowed.fault);
  const store = await session.store();
  if (!store.ok) return failed(store.fault);
  const found = await findOperation(session, store.value, id);
  if (!found.ok) return failed(found.fault);
  const { holder, state } = found.value;
  if (state !== "under-way") return result(operationPrintable(found.value, `nobody holds the lock of operation ${id}: there is nothing to unlock`));
  const who = holder === undefined ? "somebody whose record can't be read" : `${holder.by}, who took it ${age(holder.at, consulTime(store.value, session.world.clock))}`;
  session.world.stderr.write(`the lock of operation ${id} is held by ${who}\n`);
  if (flags.dryRun === true) return result(operationPrintable(found.value, `the lock of operation ${id} would be taken from ${holder?.by ?? "its holder"}`));
  const agreed = await confirm(session, flags, "Take it away?");
  if (!agreed.ok) return failed(agreed.fault);
  const broken = await breakLock(store.value, id);
  if (!broken.ok) return failed(failureOfStore(broken.fault));
  return result(operationPrintable({ ...found.value, state: "stopped", holder: undefined }, `the lock of operation ${id} is free: "rollpin operation resume ${id}" or "rollpin operation abort ${id}" goes on`));
}
