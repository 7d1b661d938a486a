import type { Stored } from "../../core/model/facts.ts";
import { type Result, err, ok } from "../../core/model/result.ts";
import type { Rollout } from "../../core/model/rollout.ts";
import { readRollout } from "../../core/operations/rollout/rollout-record.ts";
import type { Store } from "../../core/store/port.ts";
import { type Failure, failureOfStore, usage } from "../ending.ts";
import { gatherKnown } from "../gather.ts";
import type { Session } from "../session.ts";

interface LastRollout {
  readonly stored: Stored<Rollout>;
  /** That the service stands at now. */
  readonly revision: number;
}

/** The one under way, or the last. */
export async function readLastRollout({ signal }: Session, store: Store, service: string): Promise<Result<LastRollout, Failure>> {
  const [known, stored] = await Promise.all([gatherKnown(store, [service], { signal, history: 1 }), readRollout(store, service, signal)]);
  if (!known.ok) return known;
  if (!stored.ok) return err(failureOfStore(stored.fault));
  return stored.value === undefined ? err(noRollout(service)) : ok({ stored: stored.value, revision: known.value[0]?.head?.value.revision ?? 0 });
}

export function noRollout(service: string): Failure {
  return usage(`${service} never had a rollout: "rollpin rollout start ${service} <version>" starts one`);
}
