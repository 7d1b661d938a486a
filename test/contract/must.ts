/** Reads outcomes in tests: the value or the fault, and a failure that shows the other. */
import { inspect } from "node:util";
import type { Outcome, StoreFault } from "../../core/model/fault.ts";

export function must<T>(outcome: Outcome<T>): T {
  if (outcome.ok) return outcome.value;
  throw new Error(`a fault instead of a value: ${inspect(outcome.fault, { depth: 4 })}`);
}

export function mustFail<T, K extends StoreFault["kind"]>(outcome: Outcome<T>, kind: K): Extract<StoreFault, { kind: K }> {
  if (!outcome.ok && outcome.fault.kind === kind) return outcome.fault as Extract<StoreFault, { kind: K }>;
  throw new Error(`not the fault "${kind}": ${inspect(outcome, { depth: 4 })}`);
}

export const text = (value: Uint8Array | undefined): string | undefined => (value === undefined ? undefined : Buffer.from(value).toString());
