import type { StoreFault } from "../model/fault.ts";

/** Whether a write may have been done although it failed. An abort may come after the request has left. */
export function isDoubtful(fault: StoreFault): boolean {
  return fault.kind === "unknown-outcome" || fault.kind === "timeout" || fault.kind === "aborted" || fault.kind === "bad-answer";
}
