import type { Check, CheckName, Refusal } from "../../model/plan.ts";
import type { RollbackRequest } from "../../model/requests.ts";
import { type Result, err } from "../../model/result.ts";
import type { KnownService } from "../plans/service-change.ts";
import type { WalkedState } from "../walk-back.ts";

/** Where a rollback goes. */
export interface Target {
  /** What the track is pinned to then; undefined where the pin stays. */
  readonly version: string | undefined;
  /** Where config and routes come from; undefined where they stay. */
  readonly source: WalkedState | undefined;
  readonly check: Check;
  /** Versions passed over, each with its reason. */
  readonly notes: readonly string[];
}

export type FoundTarget = Result<Target, Refusal>;

/** What finding a target rests on. */
export interface Search {
  readonly known: KnownService;
  readonly request: RollbackRequest;
  readonly walked: readonly WalkedState[];
  /** What the track is pinned to now; undefined where it never was. */
  readonly left: string | undefined;
  /** Why it moves though nobody named it. */
  readonly along?: string | undefined;
}

export function refuseTarget(service: string, check: CheckName, message: string): Result<never, Refusal> {
  return err({ kind: "refused", check, service, message });
}
