import type { AuditCall } from "../../model/audit-row.ts";
import { type FailingStep, createFailingSteps } from "./failing-steps.ts";

/** A call, and where it stands: file and line. */
export interface PlacedCall {
  readonly at: string;
  readonly atMs: number;
  readonly operation: string;
  readonly place: string;
  readonly trace?: string | undefined;
  readonly error?: string | undefined;
}

/** What failed, and how often. */
export interface CountedStep extends FailingStep {
  readonly failures: number;
}

export interface Counts {
  readonly calls: number;
  readonly failures: number;
}

/** The calls that one version answered. */
export interface VersionCalls extends Counts {
  /** Undefined where rows don't say. */
  readonly version: string | undefined;
  readonly first: PlacedCall;
  readonly last: PlacedCall;
  readonly lastGood: PlacedCall | undefined;
  readonly firstBad: PlacedCall | undefined;
  /** While each revision of the service stood; 0 is before the oldest that is known. */
  readonly byRevision: ReadonlyMap<number, Counts>;
  /** Of its own operations, most failures first, those without any left out. */
  readonly operations: readonly { readonly operation: string; readonly calls: number; readonly failures: number }[];
  /** Of the calls below that made its own fail, most failures first. */
  readonly below: readonly CountedStep[];
}

/** Of what could have any number of names, so many are told apart; the rest is counted together. */
const MOST_VERSIONS = 200;
const MOST_OPERATIONS = 500;
const OTHERS = "(others)";

interface Tally {
  readonly version: string | undefined;
  calls: number;
  failures: number;
  first: PlacedCall;
  last: PlacedCall;
  lastGood: PlacedCall | undefined;
  firstBad: PlacedCall | undefined;
  readonly byRevision: Map<number, { calls: number; failures: number }>;
  readonly operations: Map<string, { calls: number; failures: number }>;
  readonly below: Map<string, { readonly step: FailingStep; failures: number }>;
}

export interface CallTally {
  add(call: AuditCall, atMs: number, place: string): void;
  /** By when each version was first seen. */
  versions(): readonly VersionCalls[];
}

/** Counts one service's calls, and those that it made. `revisionAt` says which revision stood at a time. Rows may come in any order. */
export function tallyCalls(service: string, revisionAt: (atMs: number) => number): CallTally {
  const tallies = new Map<string, Tally>();
  const steps = createFailingSteps();
  return {
    add: (call, atMs, where) => {
      if (call.caller === service && call.service !== service && call.result === "failed" && call.trace !== undefined) steps.failedBelow(call.trace, { service: call.service, version: call.version, operation: call.operation });
      if (call.service !== service) return;
      const placed = { at: call.at, atMs, operation: call.operation, place: where, trace: call.trace, error: call.error };
      const tally = tallyOf(tallies, call, placed);
      place(tally, call, placed);
      count(tally, call, revisionAt(atMs));
      if (call.result === "failed" && call.trace !== undefined) steps.failedItself(call.trace, (step) => countBelow(tally, step));
    },
    versions: () => [...tallies.values()].sort((one, other) => one.first.atMs - other.first.atMs).map(closed),
  };
}

function tallyOf(tallies: Map<string, Tally>, { version }: AuditCall, placed: PlacedCall): Tally {
  const known = tallies.get(version ?? "") ?? (tallies.size < MOST_VERSIONS ? undefined : tallies.get(OTHERS));
  if (known !== undefined) return known;
  const name = tallies.size === MOST_VERSIONS - 1 ? OTHERS : version;
  const tally = { version: name, calls: 0, failures: 0, first: placed, last: placed, lastGood: undefined, firstBad: undefined, byRevision: new Map(), operations: new Map(), below: new Map() };
  tallies.set(name ?? "", tally);
  return tally;
}

/** Rows may come in any order. */
function place(tally: Tally, { result }: AuditCall, placed: PlacedCall): void {
  const { atMs } = placed;
  if (atMs < tally.first.atMs) tally.first = placed;
  if (atMs >= tally.last.atMs) tally.last = placed;
  if (result === "ok" && atMs >= (tally.lastGood?.atMs ?? -Infinity)) tally.lastGood = placed;
  if (result === "failed" && atMs < (tally.firstBad?.atMs ?? Infinity)) tally.firstBad = placed;
}

function count(tally: Tally, call: AuditCall, revision: number): void {
  const failed = call.result === "failed" ? 1 : 0;
  const operation = tally.operations.has(call.operation) || tally.operations.size < MOST_OPERATIONS ? call.operation : OTHERS;
  for (const counts of [tally, entryOf(tally.byRevision, revision), entryOf(tally.operations, operation)]) {
    counts.calls += 1;
    counts.failures += failed;
  }
}

function entryOf<K>(entries: Map<K, { calls: number; failures: number }>, key: K): { calls: number; failures: number } {
  const entry = entries.get(key) ?? { calls: 0, failures: 0 };
  entries.set(key, entry);
  return entry;
}

function countBelow(tally: Tally, step: FailingStep): void {
  const key = JSON.stringify([step.service, step.version, step.operation]);
  const known = tally.below.get(key);
  if (known !== undefined) known.failures += 1;
  else if (tally.below.size < MOST_OPERATIONS) tally.below.set(key, { step, failures: 1 });
}

function closed({ below, operations, ...tally }: Tally): VersionCalls {
  return {
    ...tally,
    operations: [...operations].map(([operation, counts]) => ({ operation, ...counts })).filter(({ failures }) => failures > 0).sort((one, other) => other.failures - one.failures),
    below: [...below.values()].map(({ failures, step }) => ({ ...step, failures })).sort((one, other) => other.failures - one.failures),
  };
}
