import type { Applied, Applier, ApplierFault, Change } from "../appliers/applier.ts";
import { ok } from "../../core/model/result.ts";

/**
 * Runs the appliers in order, each check → apply → verify; when one fails, those already applied are undone in reverse.
 * All checks come first, so that what can be refused is refused before anything is touched.
 */
export async function applyChange(appliers: readonly Applier[], change: Change, signal: AbortSignal): Promise<Applied> {
  for (const applier of appliers) {
    const checked = await applier.check(change, signal);
    if (!checked.ok) return checked;
  }
  const done: Applier[] = [];
  for (const applier of appliers) {
    const applied = await applyOne(applier, change, signal);
    if (!applied.ok) return { ok: false, fault: await undoAll(done, change, applied.fault) };
    done.push(applier);
  }
  for (const applier of appliers) await applier.settle(change);
  return ok(undefined);
}

async function applyOne(applier: Applier, change: Change, signal: AbortSignal): Promise<Applied> {
  const applied = await applier.apply(change, signal);
  if (!applied.ok) return applied;
  const verified = await applier.verify(change, signal);
  if (verified.ok) return verified;
  return { ok: false, fault: await undoAll([applier], change, verified.fault) };
}

/** The first reason wins; an undo that fails makes the whole change `broken` and is told too. */
async function undoAll(done: readonly Applier[], change: Change, first: ApplierFault): Promise<ApplierFault> {
  let fault = first;
  for (const applier of done.toReversed()) {
    const undone = await applier.undo(change, first.kind);
    if (!undone.ok) fault = { ...fault, kind: "broken", message: `${fault.message}; and ${applier.name} could not be put back: ${undone.fault.message}` };
  }
  return fault;
}
