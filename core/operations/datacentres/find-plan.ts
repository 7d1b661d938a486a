/** A plan of several datacentres' operation, looked for in one of them by how its id ends. */
import { isOver } from "../../decide/operation/advance.ts";
import type { DatacentreStep } from "../../model/operation.ts";
import type { Revision } from "../../model/records.ts";
import { type Result, err, ok } from "../../model/result.ts";
import { operationsRoot } from "../../store/keys.ts";
import type { Store } from "../../store/port.ts";
import type { ApplyFault } from "../apply-fault.ts";
import { gatherRevisions } from "../gather.ts";
import { groupNames } from "../journal/operation-names.ts";
import { type ReadFault, readOperation } from "../journal/read-operations.ts";

export interface FoundPlan {
  /** Where it took several transactions there, and hasn't come to its end. */
  readonly open: { readonly id: string; readonly phase: "aborting" | "releasing" | "not-begun" | "running" } | undefined;
  /** Its entry in the history of one of its services. */
  readonly entry: Revision | undefined;
  /** The plan that took it back since. */
  readonly undone: Revision | undefined;
}

export async function findPlan(store: Store, { services, suffix }: Pick<DatacentreStep, "services" | "suffix">): Promise<Result<FoundPlan, ApplyFault>> {
  const open = await findOpen(store, suffix);
  if (!open.ok) return open;
  for (const service of services) {
    const revisions = await gatherRevisions(store, service, {});
    if (!revisions.ok) return err({ kind: "store", fault: revisions.fault });
    const all = revisions.value?.good ?? [];
    const entry = all.find(({ plan }) => plan.endsWith(`-${suffix}`));
    if (entry !== undefined) return ok({ open: open.value, entry, undone: all.find(({ undoes }) => undoes === entry.plan) });
  }
  return ok({ open: open.value, entry: undefined, undone: undefined });
}

async function findOpen(store: Store, suffix: string): Promise<Result<FoundPlan["open"], ApplyFault>> {
  const names = await store.keys(operationsRoot, { consistency: "consistent" });
  if (!names.ok) return err({ kind: "store", fault: names.fault });
  const id = [...groupNames(names.value).keys()].find((name) => name.endsWith(`-${suffix}`));
  if (id === undefined) return ok(undefined);
  const read = await readOperation(store, id);
  if (!read.ok) return openOf(id, read.fault);
  const { phase } = read.value.record;
  if (isOver(read.value.record)) return ok(undefined);
  return ok({ id, phase: phase === "aborting" || phase === "releasing" ? phase : "running" });
}

/** What can't be read is told by whoever goes on with it. */
function openOf(id: string, fault: ReadFault): Result<FoundPlan["open"], ApplyFault> {
  switch (fault.kind) {
    case "store":
      return err(fault);
    case "absent":
      return ok(undefined);
    case "not-begun":
      return ok({ id, phase: "not-begun" });
    case "unreadable":
      return ok({ id, phase: "running" });
  }
}
