/** The right to guard a service: one agent's of those that may. */
import { describeStoreFault } from "../../core/model/fault.ts";
import { type GuardLead, guardLeadSchema } from "../../core/model/guard-records.ts";
import { parseRecord } from "../../core/model/parse-record.ts";
import { type Holder, determineHolder, holderAfterTry } from "../lead/holder.ts";
import type { SessionLock } from "../lead/session-lock.ts";

export interface GuardLeadKeeper {
  holder(): Holder;
  /** Looks whose it is, and takes what nobody holds. */
  look(signal: AbortSignal): Promise<void>;
  /** For whoever is next. */
  release(): Promise<void>;
}

const RELEASE_MS = 2_000;

export function leadGuard(lock: SessionLock, by: string, session: () => string | undefined): GuardLeadKeeper {
  let holder: Holder = { kind: "unknown", why: "Consul was not asked yet", denied: false };
  const record: GuardLead = { leader: by };
  return {
    holder: () => holder,
    async look(signal) {
      const read = await lock.read(signal);
      if (signal.aborted) return;
      if (!read.ok) {
        holder = { kind: "unknown", why: `who guards can't be read: ${describeStoreFault(read.fault)}`, denied: read.fault.kind === "denied" };
        return;
      }
      const parsed = read.value === undefined ? undefined : parseRecord(guardLeadSchema, read.value.key, read.value.value);
      holder = determineHolder(read.value, session(), parsed?.ok === true ? parsed.value.leader : undefined);
      if (holder.kind === "vacant" && session() !== undefined) holder = holderAfterTry(await lock.take(record, signal));
    },
    async release() {
      if (holder.kind === "own") await lock.release(record, { timeoutMs: RELEASE_MS });
      holder = { kind: "unknown", why: "it was let go", denied: false };
    },
  };
}
