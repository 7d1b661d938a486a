import type { GuardAction, GuardState } from "../../model/guard-records.ts";
import type { Stored } from "../../model/facts.ts";
import { writeAsRead } from "../../store/as-read.ts";
import { guardActionKey, guardLockKey, guardStateKey } from "../../store/keys.ts";
import type { Operation } from "../../store/port.ts";

/** So many actions of a service are kept. */
const KEPT = 100;

export interface Recorded {
  readonly service: string;
  /** This agent's, which holds the guard's lock. */
  readonly session: string;
  /** As it was read. */
  readonly former: Stored<GuardState> | undefined;
  readonly next: GuardState;
}

/** Moves the state on, fenced: not where another guards, nor where somebody wrote meanwhile. */
export function moveState({ former, next, service, session }: Recorded): readonly Operation[] {
  return [{ kind: "expect-session", key: guardLockKey(service), session }, writeAsRead(guardStateKey(service), JSON.stringify(next), former?.modifyIndex)];
}

/** The same with an action. Its key is made once: what goes with it in one transaction is done exactly once. */
export function recordAction(action: GuardAction, recorded: Recorded): readonly Operation[] {
  const { service } = recorded;
  const old: readonly Operation[] = action.action > KEPT ? [{ kind: "delete", key: guardActionKey(service, action.action - KEPT) }] : [];
  return [...moveState(recorded), { kind: "create", key: guardActionKey(service, action.action), value: JSON.stringify(action) }, ...old];
}
