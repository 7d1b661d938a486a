/** A key by which one agent of several acts: its session holds it, and every write of it is fenced. Called in turns, since a look that began before a write must not be believed after it. */
import type { Clock } from "../../core/clock.ts";
import type { Outcome, StoreFault } from "../../core/model/fault.ts";
import { expectAsRead } from "../../core/store/as-read.ts";
import type { CallOptions, Entry, Store } from "../../core/store/port.ts";

export interface SessionLockDeps {
  readonly store: Pick<Store, "get" | "transact">;
  readonly clock: Pick<Clock, "monotonic">;
  readonly key: string;
  /** This agent's. */
  readonly session: () => string | undefined;
  readonly onFault: (fault: StoreFault) => void;
}

export interface SessionLock {
  read(signal: AbortSignal): Promise<Outcome<Entry | undefined>>;
  /** Takes what nobody holds. After a denial Consul isn't asked again for a minute. */
  take(value: object, signal: AbortSignal): Promise<StoreFault | undefined>;
  /** This agent's session must live and hold it (or nobody does), and the key must be as it was seen or written last. */
  write(value: object, signal: AbortSignal): Promise<StoreFault | undefined>;
  /** For whoever is next. The value stays. */
  release(value: object, options: CallOptions): Promise<void>;
}

/** After a denial, another try to take it. */
const DENIED_PAUSE_MS = 60_000;

export function createSessionLock({ clock, key, onFault, session, store }: SessionLockDeps): SessionLock {
  /** As it was seen or written last; undefined where there is none. */
  let modifyIndex: number | undefined;
  let denial: { readonly fault: StoreFault; readonly until: number } | undefined;

  const write: SessionLock["write"] = async (value, signal) => {
    const own = session();
    if (own === undefined) return { kind: "no-session", operation: "transaction", session: "" };
    const written = await store.transact([expectAsRead(key, modifyIndex), { kind: "lock", key, value: JSON.stringify(value), session: own }], { signal });
    if (written.ok) modifyIndex = written.value.modifyIndex;
    else onFault(written.fault);
    return written.ok ? undefined : written.fault;
  };

  return {
    write,
    async read(signal) {
      // A server that has just become the leader answers a plain read from before its last writes, and what was done would seem to be lost.
      const read = await store.get(key, { signal, consistency: "consistent" });
      if (signal.aborted) return read;
      if (read.ok) modifyIndex = read.value?.modifyIndex;
      else onFault(read.fault);
      return read;
    },
    async take(value, signal) {
      if (denial !== undefined && clock.monotonic() < denial.until) return denial.fault;
      const fault = await write(value, signal);
      denial = fault?.kind === "denied" ? { fault, until: clock.monotonic() + DENIED_PAUSE_MS } : undefined;
      return fault;
    },
    async release(value, options) {
      const own = session();
      if (own !== undefined) await store.transact([{ kind: "unlock", key, value: JSON.stringify(value), session: own }], options);
    },
  };
}
