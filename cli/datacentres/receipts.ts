/** Who has applied it, waited for in one datacentre after the other: all of it was committed before. */
import type { AppliedThere } from "./crew.ts";
import type { ChangeFlags } from "../flags.ts";
import type { Session } from "../session.ts";
import { type Waited, receiptScopes, waitForReceipt } from "../wait.ts";

export interface Followed extends AppliedThere {
  /** Undefined where nobody was waited for. */
  readonly waited: Waited | undefined;
}

export async function followEverywhere(session: Session, flags: ChangeFlags, applied: readonly AppliedThere[]): Promise<readonly Followed[]> {
  const { clock } = session.world;
  const from = clock.monotonic();
  const followed: Followed[] = [];
  for (const one of applied) {
    const left = flags.timeout === undefined ? undefined : Math.max(1, flags.timeout - (clock.monotonic() - from));
    followed.push({ ...one, waited: flags.wait ? await followIn(session, one, left) : undefined });
  }
  return followed;
}

async function followIn(session: Session, { applied, dc, prepared }: AppliedThere, timeoutMs: number | undefined): Promise<Waited | undefined> {
  if (prepared === undefined) return { receipt: undefined, stopped: `an earlier run had begun it: "rollpin status --dc ${dc}" shows who has it` };
  const scopes = receiptScopes(prepared.plan, applied, prepared.facts);
  const store = await session.storeIn(dc);
  return scopes.length === 0 || !store.ok ? undefined : waitForReceipt(session, store.value, applied, scopes, timeoutMs);
}
