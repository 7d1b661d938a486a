import type { Stored } from "../../model/facts.ts";
import type { Outcome } from "../../model/fault.ts";
import { type GuardState, guardStateSchema } from "../../model/guard-records.ts";
import { guardStateKey } from "../../store/keys.ts";
import type { Store } from "../../store/port.ts";
import { readStored } from "../read-stored.ts";

/** Undefined where the guard has done nothing yet. To begin anew where it can't be read would forget what was done already. */
export function readGuardState(store: Store, service: string, signal?: AbortSignal): Promise<Outcome<Stored<GuardState> | undefined>> {
  return readStored(store, guardStateKey(service), guardStateSchema, "put back what stood there, or delete it, which forgets what the guard did", signal);
}
