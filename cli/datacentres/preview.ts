/** Before an operation over several datacentres is resumed: what it would do now where no plan could be shown when it was asked for. */
import type { DatacentreStep, StepRecord } from "../../core/model/operation.ts";
import { findPlan } from "../../core/operations/datacentres/find-plan.ts";
import { readOperation } from "../../core/operations/journal/read-operations.ts";
import type { Store } from "../../core/store/port.ts";
import { lookText } from "../output/datacentres.ts";
import type { Session } from "../session.ts";
import { specOf } from "../spec-of.ts";
import { lookAt } from "./look.ts";
import { reach } from "./reach.ts";

/** Lines for a person. What can't be read is told by whoever goes on with it. */
export async function previewUnseen(session: Session, store: Store, id: string): Promise<readonly string[]> {
  const open = await readOperation(store, id);
  if (!open.ok) return [];
  const { next, putOff = [] } = open.value.record;
  const isLeft = (place: number): boolean => place >= next || putOff.some(({ step }) => step === place);
  const lines: string[] = [];
  for (const step of open.value.steps.filter((one, place): one is DatacentreStep => isUnseen(one) && isLeft(place))) {
    const text = await preview(session, step);
    if (text !== undefined) lines.push(session.err.paint("bold", `== ${step.datacentre}, now`), text);
  }
  return lines;
}

const isUnseen = (step: StepRecord): boolean => step.kind === "datacentre" && step.fingerprint === undefined;

/** Nothing where it was applied by a run that died right after. */
async function preview(session: Session, step: DatacentreStep): Promise<string | undefined> {
  const { asked, datacentre: dc } = step;
  const there = await reach(session, dc);
  if (!there.ok) return lookText({ dc, kind: "unreachable", message: there.fault }, session.err);
  const found = await findPlan(there.value, step);
  if (found.ok && (found.value.entry ?? found.value.open) !== undefined) return undefined;
  const look = await lookAt(session, { ...(await specOf(asked)), flags: { wait: false }, adopts: false }, dc, there.value);
  return look.ok ? lookText(look.value, session.err) : look.fault.message;
}
