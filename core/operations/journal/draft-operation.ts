/** A plan that takes more than one transaction as steps, each of which fits into one. */
import type { DatacentreStep, OperationRecord, StepHead, StepRecord } from "../../model/operation.ts";
import type { Plan, ServicePlan } from "../../model/plan.ts";
import { type RevisionKind, revisionKinds } from "../../model/records.ts";
import { describeStep, planHookSteps } from "../../decide/hooks/plan-hook-steps.ts";
import { describeDrain, planDrainSteps } from "../../decide/operation/drain-steps.ts";
import { type Applicant, type PlanCommit, composeShares, planCommit } from "../compose-transaction.ts";
import { MOST_OPERATIONS, MOST_TRANSACTION_BYTES } from "../../store/port.ts";
import { bytesOf } from "../transaction-size.ts";
import { OWN_OPERATIONS } from "./journal.ts";

export interface OperationDraft {
  readonly record: OperationRecord;
  readonly steps: readonly StepRecord[];
}

/** Whether a plan can be done in steps: each of its services has a head to mark, and gets a revision by which it is taken back. */
export function isDivisible({ kind, services }: Plan): boolean {
  return kind !== "restore" && isRevisionKind(kind) && services.every(({ head, recorded }) => recorded && head !== undefined);
}

function isRevisionKind(kind: Plan["kind"]): kind is RevisionKind {
  return (revisionKinds as readonly string[]).includes(kind);
}

/** `now` is Consul's, milliseconds since the epoch. */
export function draftOperation(plan: Plan, who: Applicant): OperationDraft {
  const { kind, undoes } = plan;
  if (!isRevisionKind(kind)) throw new Error(`a plan of kind ${kind} was journaled`);
  const commit = planCommit(plan, who);
  const record: OperationRecord = {
    id: commit.id,
    kind,
    by: who.by,
    ...(who.reason === undefined ? {} : { reason: who.reason }),
    at: commit.at,
    fingerprint: plan.fingerprint,
    ...(undoes === undefined ? {} : { undoes }),
    // Data that is being migrated is waited for, as what goes back is.
    ...(kind === "rollback" || plan.migrations !== undefined ? { back: true } : {}),
    services: commit.revisions,
    steps: [],
    phase: "reserving",
    next: 0,
    marked: 0,
  };
  const steps = [...planDrainSteps(plan), ...planHookSteps(plan), ...divide(plan.services, commit, record).map(stepOf)];
  return { record: { ...record, steps: steps.map(headOf) }, steps };
}

type OwnStep = Exclude<StepRecord, DatacentreStep>;

/** Without what only a person is told. */
function stepOf(services: readonly ServicePlan[]): OwnStep {
  const shares = services.map((one) => {
    const { asOf: _, blast: __, ...share } = one;
    return share;
  });
  return { kind: "transaction", services: shares as Extract<OwnStep, { kind: "transaction" }>["services"] };
}

function headOf(step: OwnStep): StepHead {
  switch (step.kind) {
    case "drain":
      return { kind: step.kind, about: describeDrain(step) };
    case "hook":
      return { kind: step.kind, about: describeStep(step), final: true };
    case "transaction":
      return { kind: step.kind, about: aboutServices(step.services.map(({ service }) => service)) };
  }
}

const FEW = 3;

export function aboutServices(names: readonly string[]): string {
  return names.length <= FEW ? names.join(", ") : `${names.slice(0, FEW - 1).join(", ")} and ${names.length - FEW + 1} more`;
}

/** To take a step back may need a few operations more than to do it: what hands have done since is expected to stand. */
const SPARE_OPERATIONS = 4;
/** What is taken back names its revisions too, in the record and in history. */
const SPARE_PART = 0.8;

/** In the plan's order, as many into each step as fit beside the record, which names the steps too. */
function divide(services: readonly ServicePlan[], commit: PlanCommit, record: OperationRecord): readonly (readonly ServicePlan[])[] {
  const most = { operations: MOST_OPERATIONS - OWN_OPERATIONS - SPARE_OPERATIONS, bytes: MOST_TRANSACTION_BYTES * SPARE_PART - 2 * bytesOf({ kind: "create", key: "", value: JSON.stringify(record) }) };
  const steps: ServicePlan[][] = [];
  let room = { operations: 0, bytes: 0 };
  for (const one of services) {
    const operations = composeShares([one], commit);
    const needs = { operations: operations.length, bytes: operations.reduce((sum, operation) => sum + bytesOf(operation), 0) };
    if (steps.length === 0 || needs.operations > room.operations || needs.bytes > room.bytes) {
      steps.push([]);
      room = { ...most };
    }
    steps.at(-1)?.push(one);
    room = { operations: room.operations - needs.operations, bytes: room.bytes - needs.bytes };
  }
  return steps;
}

/** The services that fit into no step: their share alone is too large. */
export function tooLargeShares({ services }: Plan, commit: PlanCommit): readonly ServicePlan[] {
  return services.filter((one) => composeShares([one], commit).reduce((sum, operation) => sum + bytesOf(operation), 0) > MOST_TRANSACTION_BYTES * SPARE_PART);
}
