/** A plan that takes more than one transaction as steps, each of which fits into one. */
import type { DatacentreStep, OperationRecord, StepHead, StepRecord } from "../../model/operation.ts";
import { firstFew } from "../../model/first-few.ts";
import type { Plan, ServicePlan } from "../../model/plan.ts";
import { type OperationKind, operationKinds } from "../../model/records.ts";
import { type Result, err, ok } from "../../model/result.ts";
import { describeStep, planHookSteps } from "../../decide/hooks/plan-hook-steps.ts";
import { describeDrain, planDrainSteps } from "../../decide/operation/drain-steps.ts";
import { type Applicant, type PlanCommit, composeShares, planCommit } from "../compose-transaction.ts";
import { MOST_OPERATIONS, MOST_TRANSACTION_BYTES } from "../../store/port.ts";
import { type TooLargeShare, bytesOf } from "../transaction-size.ts";
import { OWN_OPERATIONS } from "./journal.ts";

export interface OperationDraft {
  readonly record: OperationRecord;
  readonly steps: readonly StepRecord[];
}

/** Whether a plan can be done in steps: each of its services has a head to mark, and gets a revision by which it is taken back, or changes in its head only. */
export function isDivisible({ kind, services }: Plan): boolean {
  return isOperationKind(kind) && services.every(({ head, recorded, verdicts, writes }) => head !== undefined && (recorded || (verdicts.length === 0 && writes.length === 0)));
}

function isOperationKind(kind: Plan["kind"]): kind is OperationKind {
  return (operationKinds as readonly string[]).includes(kind);
}

/** `now` is Consul's, milliseconds since the epoch. The fault is the first share that fits into no step: it is too large alone. */
export function draftOperation(plan: Plan, who: Applicant): Result<OperationDraft, TooLargeShare> {
  const { kind, undoes } = plan;
  if (!isOperationKind(kind)) throw new Error(`a plan of kind ${kind} was journaled`);
  const commit = planCommit(plan, who);
  const sized = plan.services.map((share) => sizedShare(share, commit));
  const large = sized.find(({ bytes }) => bytes > MOST_BYTES);
  if (large !== undefined) return err({ share: large.share, bytes: large.bytes, most: MOST_BYTES });
  const record: OperationRecord = {
    id: commit.id,
    kind,
    by: who.by,
    ...(who.reason === undefined ? {} : { reason: who.reason }),
    at: commit.at,
    fingerprint: plan.fingerprint,
    ...(undoes === undefined ? {} : { undoes }),
    // What can only be finished is waited for, as what goes back is: data that is being migrated, agents that were told whose word counts.
    ...(kind === "rollback" || kind === "restore" || plan.migrations !== undefined ? { back: true } : {}),
    services: commit.revisions,
    steps: [],
    phase: "reserving",
    next: 0,
    marked: 0,
  };
  const steps = [...planDrainSteps(plan), ...planHookSteps(plan), ...divide(sized, record).map(stepOf)];
  return ok({ record: { ...record, steps: steps.map((step) => headOf(step, kind)) }, steps });
}

type OwnStep = Exclude<StepRecord, DatacentreStep>;

function stepOf(services: readonly ServicePlan[]): OwnStep {
  return { kind: "transaction", services: services.map(shareOf) as Extract<OwnStep, { kind: "transaction" }>["services"] };
}

/** Without what only a person is told. Where nothing of it is written the state is its pins: there is no room for a config that stays as it is. */
function shareOf(one: ServicePlan): ServicePlan {
  const { asOf: _, blast: __, ...share } = one;
  return share.recorded ? share : { ...share, before: { pins: share.before.pins }, after: { pins: share.after.pins } };
}

function headOf(step: OwnStep, kind: OperationKind): StepHead {
  switch (step.kind) {
    case "drain":
      return { kind: step.kind, about: describeDrain(step) };
    case "hook":
      return { kind: step.kind, about: describeStep(step), final: true };
    case "transaction": {
      const names = aboutServices(step.services.map(({ service }) => service));
      // Agents obey it at once, and no revision goes back to what they had applied before.
      return kind === "restore" ? { kind: step.kind, about: `the restore of ${names}`, final: true } : { kind: step.kind, about: names };
    }
  }
}

const FEW = 3;

export function aboutServices(names: readonly string[]): string {
  return firstFew(names, names.length <= FEW ? FEW : FEW - 1);
}

/** To take a step back may need a few operations more than to do it: what hands have done since is expected to stand. */
const SPARE_OPERATIONS = 4;
/** What is taken back names its revisions too, in the record and in history. */
const MOST_BYTES = MOST_TRANSACTION_BYTES * 0.8;

interface SizedShare {
  readonly share: ServicePlan;
  readonly operations: number;
  readonly bytes: number;
}

/** What it takes to be done, or to be written down, whichever is more. */
function sizedShare(share: ServicePlan, commit: PlanCommit): SizedShare {
  const operations = composeShares([share], commit);
  const written = bytesOf({ kind: "create", key: "", value: JSON.stringify(shareOf(share)) });
  return { share, operations: operations.length, bytes: Math.max(written, operations.reduce((sum, operation) => sum + bytesOf(operation), 0)) };
}

/** In the plan's order, as many into each step as fit beside the record, which names the steps too, and as are written down in one. */
function divide(shares: readonly SizedShare[], record: OperationRecord): readonly (readonly ServicePlan[])[] {
  const most = { operations: MOST_OPERATIONS - OWN_OPERATIONS - SPARE_OPERATIONS, bytes: MOST_BYTES - 2 * bytesOf({ kind: "create", key: "", value: JSON.stringify(record) }) };
  const steps: ServicePlan[][] = [];
  let room = { operations: 0, bytes: 0 };
  for (const { bytes, operations, share } of shares) {
    if (steps.length === 0 || operations > room.operations || bytes > room.bytes) {
      steps.push([]);
      room = { ...most };
    }
    steps.at(-1)?.push(share);
    room = { operations: room.operations - operations, bytes: room.bytes - bytes };
  }
  return steps;
}
