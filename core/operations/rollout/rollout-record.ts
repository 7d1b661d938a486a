import type { Stored } from "../../model/facts.ts";
import type { Outcome } from "../../model/fault.ts";
import { type Rollout, rolloutSchema } from "../../model/rollout.ts";
import { writeAsRead } from "../../store/as-read.ts";
import { rolloutKey } from "../../store/keys.ts";
import type { Operation, Store } from "../../store/port.ts";
import { readStored } from "../read-stored.ts";

/** The one under way, or the last; undefined where there was none. */
export function readRollout(store: Store, service: string, signal?: AbortSignal): Promise<Outcome<Stored<Rollout> | undefined>> {
  return readStored(store, rolloutKey(service), rolloutSchema, "delete it, and nothing more is done for that rollout; what stands there stays", signal);
}

/** Only where it stands as it was read. */
export function replaceRollout(former: Stored<Rollout> | undefined, next: Rollout): Operation {
  return writeAsRead(rolloutKey(next.service), JSON.stringify(next), former?.modifyIndex);
}
