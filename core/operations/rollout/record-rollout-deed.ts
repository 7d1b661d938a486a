/** A rollout's move as an action of the guard, beside the actions that its strategy asks for: numbered, fenced, and told like them. */
import { isoTime } from "../../clock.ts";
import { boundEvidence } from "../../decide/guard/bound-evidence.ts";
import type { Finding } from "../../decide/guard/judge.ts";
import { NO_STATE } from "../../decide/guard/next-state.ts";
import type { Move } from "../../decide/rollout/determine-move.ts";
import { determineRolloutDeed, sayRolloutDeed } from "../../decide/rollout/rollout-deed.ts";
import type { Stored } from "../../model/facts.ts";
import type { GuardAction, GuardState } from "../../model/guard-records.ts";
import { STABLE } from "../../model/names.ts";
import type { Reading, Suspect } from "../../model/reading.ts";
import type { Rollout } from "../../model/rollout.ts";
import type { Operation } from "../../store/port.ts";
import { recordAction } from "../guard/record-action.ts";

export interface RolloutCase {
  /** The agent that guards, and its session, which holds the guard's lock. */
  readonly by: string;
  readonly session: string;
  /** Of the guard, as it was read. */
  readonly state: Stored<GuardState> | undefined;
  readonly policyDigest: string;
  readonly move: Move;
  /** What signals said of the version, and of which of its tracks; undefined where nothing is known. */
  readonly finding: Finding | undefined;
  readonly suspect: Suspect | undefined;
  readonly readings: Readonly<Record<string, Reading>>;
}

export interface RecordedDeed {
  readonly action: GuardAction;
  /** For the transaction that moves the rollout. */
  readonly operations: readonly Operation[];
}

/** Undefined where the move is nothing to tell. `now`: milliseconds since the epoch, as Consul counts. */
export function recordRolloutDeed(found: RolloutCase, before: Rollout, after: Rollout, now: number, committed: Pick<GuardAction, "plan" | "services"> = {}): RecordedDeed | undefined {
  const deed = determineRolloutDeed(before, after, found.move);
  if (deed === undefined) return undefined;
  const { by, policyDigest, readings, session, state } = found;
  const { line, ...what } = deed;
  const former = state?.value ?? NO_STATE;
  const action: GuardAction = {
    ...what,
    action: former.actions + 1,
    at: isoTime(now),
    by,
    suspect: found.suspect ?? suspectOf(before),
    cause: `rollout:${before.version}@${before.base}`,
    finding: findingOf(found),
    readings: boundEvidence(readings),
    policy: { line, digest: policyDigest },
    ...committed,
    rollout: { from: before.from, by: before.by, startedAt: before.startedAt, taken: after.taken, steps: after.steps.length, state: after.state },
    says: sayRolloutDeed(deed, before),
  };
  return { action, operations: recordAction(action, { service: before.service, session, former: state, next: { ...former, actions: action.action } }) };
}

function suspectOf({ from, service, startedAt, steps, version }: Rollout): Suspect {
  return { service, track: steps.flatMap(({ tracks }) => tracks)[0] ?? STABLE, version, baseline: from, since: startedAt };
}

function findingOf({ finding, readings }: RolloutCase): GuardAction["finding"] {
  if (finding === undefined) return undefined;
  const signals = finding.kind === "well" ? Object.keys(readings).sort() : [...finding.signals];
  return { ...finding, signals };
}
