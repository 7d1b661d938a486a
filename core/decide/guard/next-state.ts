import type { GuardAction, GuardState } from "../../model/guard-records.ts";
import { ACTED, isChange } from "./brake.ts";

export const NO_STATE: GuardState = { actions: 0, changes: [], dealt: [] };

const MOST_CHANGES = 50;
const MOST_DEALT = 200;

/** The state once an action is recorded. `what` it is dealt with as; `latches`: the brake is on from then on. */
export function nextState(state: GuardState, action: GuardAction, { latches, what }: { readonly what: string; readonly latches: boolean }): GuardState {
  const { at, cause, deed, outcome, plan, why = "" } = action;
  return {
    ...state,
    actions: action.action,
    changes: outcome === "done" && isChange(deed) ? [...state.changes, { at, deed, action: action.action, ...(plan === undefined ? {} : { plan }) }].slice(-MOST_CHANGES) : state.changes,
    dealt: [...state.dealt, { cause, what, action: action.action }].slice(-MOST_DEALT),
    ...(latches ? { latched: { at, why, action: action.action } } : {}),
    ...(deed === "pause" && outcome !== "dry-run" ? { paused: { at, cause, why: action.finding?.summary ?? why, action: action.action } } : {}),
  };
}

/** What an action of the cause is dealt with as, so that the same is not told again. */
export function whatOf({ deed, finding, outcome }: Pick<GuardAction, "deed" | "finding" | "outcome">, code: string): string {
  if (outcome === "done") return ACTED;
  return outcome === "paged" ? [deed, finding?.kind, finding?.why].filter((word) => word !== undefined).join(":") : `${outcome}:${deed}:${code}`;
}

export function isTold({ dealt }: GuardState, cause: string, what: string): boolean {
  return dealt.some((one) => one.cause === cause && one.what === what);
}
