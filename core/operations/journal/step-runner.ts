import type { OperationRecord, StepRecord } from "../../model/operation.ts";
import type { Result } from "../../model/result.ts";
import type { Operation, Store } from "../../store/port.ts";
import type { ApplyFault } from "../apply-fault.ts";

/** What the runner of a step works with. */
export interface StepRun {
  readonly store: Store;
  readonly record: OperationRecord;
  /** Where the step stands in the operation. */
  readonly place: number;
  /** Go past what a hand has changed since: write over it. */
  readonly override: boolean;
  /** Fires where the operator interrupts, or another took the operation over. */
  readonly signal: AbortSignal;
  /** By Consul's clock, milliseconds since the epoch. */
  now(): number;
  /** To be said before something is sent whose outcome this operation's own transactions can't tell. */
  begin(): Promise<Result<void, ApplyFault>>;
  /** One fenced transaction in the middle of the step; the record stays as it is. */
  write(operations: readonly Operation[]): Promise<Result<void, ApplyFault>>;
}

/** What ends a step: these operations go with the record's moving on, in one transaction. */
export interface StepEnd {
  readonly operations: readonly Operation[];
  /** Of a step forward: why it can't be done now. Those after it are done all the same, and whoever resumes tries it again. */
  readonly putOff?: string | undefined;
  /** Tells a conflict over them to a person. */
  readonly describe?: (keys: readonly string[]) => Promise<string>;
}

/** A step that has said all, or had nothing to do. */
export const NOTHING_MORE: StepEnd = { operations: [] };

/**
 * How one kind of step is done and taken back. Both may be asked again for a step that an earlier run began and did not
 * end: they go on with it. A conflict is final for that run and told to a person.
 */
export interface StepRunner<S> {
  forward(step: S, run: StepRun): Promise<Result<StepEnd, ApplyFault>>;
  back(step: S, run: StepRun): Promise<Result<StepEnd, ApplyFault>>;
}

/** One for every kind. */
export type StepRunners = { readonly [K in StepRecord["kind"]]: StepRunner<Extract<StepRecord, { readonly kind: K }>> };
