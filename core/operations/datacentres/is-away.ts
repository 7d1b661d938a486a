import type { StoreFault } from "../../model/fault.ts";
import type { ApplyFault } from "../apply-fault.ts";

/** Consul can't be reached there, or not now: no matter of what was asked. */
export function isAway({ kind }: StoreFault): boolean {
  return kind === "unreachable" || kind === "timeout" || kind === "no-leader" || kind === "overloaded" || kind === "unknown-outcome";
}

export function wasAway(fault: ApplyFault): boolean {
  switch (fault.kind) {
    case "undecided":
      return true;
    case "store":
      return isAway(fault.fault);
    case "unfinished":
      return fault.fault !== undefined && isAway(fault.fault);
    case "refusal":
      return false;
  }
}
