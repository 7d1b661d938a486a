/** Faults that a test puts in a client's way. */
import type { StoreFault } from "../../model/fault.ts";

export type WantedFault = StoreFault["kind"] | StoreFault;

/** The call that the fault hits. */
export interface Call {
  readonly operation: string;
  readonly key?: string | undefined;
}

const CAUSE = "a fault put here by a test";

export function faultFor(wanted: WantedFault, call: Call): StoreFault {
  if (typeof wanted !== "string") return wanted;
  switch (wanted) {
    case "timeout":
      return { kind: wanted, ...call, afterMs: 10_000 };
    case "conflict":
      return { kind: wanted, operation: call.operation, failures: [{ index: 0, key: call.key ?? "", what: CAUSE }] };
    case "no-session":
      return { kind: wanted, operation: call.operation, session: call.key ?? "" };
    case "aborted":
      return { kind: wanted, operation: call.operation };
    case "unreachable":
    case "unknown-outcome":
    case "no-leader":
    case "denied":
    case "too-large":
    case "overloaded":
    case "oversized":
    case "bad-answer":
      return { kind: wanted, ...call, cause: CAUSE };
  }
}
