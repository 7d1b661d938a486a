import type { ApplyFault } from "../core/operations/apply-fault.ts";
import { type Failure, failureOfRefusal, failureOfStore } from "./ending.ts";

/** Why a plan was not applied, or not to its end, as a verb ends with it. */
export function failureOfApply(fault: ApplyFault): Failure {
  switch (fault.kind) {
    case "refusal":
      return fault.refusal.kind === "nothing-to-change" ? { code: "fault", message: fault.refusal.message } : failureOfRefusal(fault.refusal);
    case "store":
      return failureOfStore(fault.fault);
    case "undecided":
      return { code: "consul", message: fault.message };
    case "unfinished":
      return { code: fault.fault === undefined ? "incomplete" : "consul", message: fault.message };
  }
}
