import { isoTime, parseIsoTime } from "../../clock.ts";
import type { Policy } from "../../config/policy-schema.ts";
import type { Deed, GuardAction, GuardState } from "../../model/guard-records.ts";
import type { Freeze } from "../../model/records.ts";
import { hasExpired } from "../checks.ts";

export interface BrakeFacts {
  readonly deed: Deed;
  readonly cause: string;
  readonly state: GuardState;
  /** States of the guards of services that go back together with it, the service's own left out. */
  readonly group: readonly Pick<GuardState, "changes">[];
  readonly freeze: Freeze | undefined;
  readonly policy: Pick<Policy, "brake" | "dryRun">;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

export type Brake =
  | { readonly kind: "go" }
  /** This cause was acted on: nothing, and nobody is told again. */
  | { readonly kind: "over" }
  /** Not done. `latches`: and nothing more is, until a person lets the guard go on. */
  | { readonly kind: "hold"; readonly outcome: "dry-run" | "braked"; readonly code: string; readonly why: string; readonly latches: boolean };

/** What a cause is dealt with as, once something was changed for it. */
export const ACTED = "acted";

/** The brake that goes on, and the one that is on: it is told once. */
const LATCHED = "latched";

/** Those that change where a service or its traffic goes. */
const CHANGES: ReadonlySet<GuardAction["deed"]> = new Set(["rollback", "shift", "failover"]);

export function isChange(deed: GuardAction["deed"]): deed is Deed {
  return CHANGES.has(deed);
}

/** Whether what the policy asks for may be done now. Never twice for one cause, never against a freeze of scope `all`, at most so often. */
export function applyBrake(facts: BrakeFacts): Brake {
  const { cause, deed, freeze, now, policy, state } = facts;
  if (state.dealt.some((one) => one.cause === cause && one.what === ACTED)) return { kind: "over" };
  if (deed === "page" || deed === "pause") return { kind: "go" };
  if (policy.dryRun) return hold("dry-run", "dry-run", "the policy says dryRun: it is only told what would have been done");
  if (state.latched !== undefined) return hold("braked", LATCHED, `the guard's brake is on since ${state.latched.at}: ${state.latched.why}`);
  if (freeze?.scope === "all" && !hasExpired(freeze, now)) return hold("braked", "frozen", `it is frozen (all) by ${freeze.by} since ${freeze.at}, which stops the guard too`);
  if (!isChange(deed)) return { kind: "go" };
  return countChanges(facts);
}

function countChanges({ group, now, policy: { brake }, state }: BrakeFacts): Brake {
  const recent = [state, ...group].flatMap(({ changes }) => changes).filter(({ at, deed }) => isChange(deed) && now - parseIsoTime(at) < brake.per);
  // A plan over several services is one change, in whoever's name it was made.
  const count = new Set(recent.map(({ action, at, plan }) => plan ?? `${at} ${action}`)).size;
  if (count < brake.rollbacks) return { kind: "go" };
  const why = brake.rollbacks === 0 ? "the policy's brake allows no change by the guard" : `${count} ${count === 1 ? "change was" : "changes were"} made by the guard since ${isoTime(now - brake.per)}, here or in services that go back together with it, and the policy allows ${brake.rollbacks}`;
  return { kind: "hold", outcome: "braked", code: LATCHED, why, latches: brake.rollbacks > 0 };
}

function hold(outcome: "dry-run" | "braked", code: string, why: string): Brake {
  return { kind: "hold", outcome, code, why, latches: false };
}
