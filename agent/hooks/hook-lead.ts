/** The right to run a service's hooks: one agent's of those that have them, and written with what it did last. */
import { type StoreFault, describeStoreFault } from "../../core/model/fault.ts";
import { type HookRun, type HooksLead, type Way, hooksLeadSchema } from "../../core/model/hook-records.ts";
import { parseRecord } from "../../core/model/parse-record.ts";
import { type Holder, determineHolder, holderAfterTry } from "../lead/holder.ts";
import type { SessionLock } from "../lead/session-lock.ts";

export interface HookLeadDeps {
  readonly lock: SessionLock;
  readonly instance: string;
  /** What its file has. */
  readonly migrate: readonly Way[];
  readonly session: () => string | undefined;
}

/** `lost`: another leads, or nobody can tell. `again`: Consul didn't take it, and may do so later. */
export type Written = "written" | "lost" | "again";

export interface HookLead {
  holder(): Holder;
  /** As it was read or written last. */
  last(): HookRun | undefined;
  /** Looks whose it is, and takes what nobody holds. */
  look(signal: AbortSignal): Promise<void>;
  /** Fenced: not where another leads, nor where somebody wrote meanwhile. */
  write(run: HookRun, signal: AbortSignal): Promise<Written>;
  /** For whoever is next. */
  release(): Promise<void>;
}

const RELEASE_MS = 2_000;

export function leadHooks({ instance, lock, migrate, session }: HookLeadDeps): HookLead {
  let holder: Holder = { kind: "unknown", why: "Consul was not asked yet", denied: false };
  let last: HookRun | undefined;
  const record = (): HooksLead => ({ leader: instance, migrate: [...migrate], last });
  const look = async (signal: AbortSignal): Promise<void> => {
    const read = await lock.read(signal);
    if (signal.aborted) return;
    if (!read.ok) {
      // Without Consul nobody can take it either.
      if (holder.kind !== "own") holder = { kind: "unknown", why: `who runs them can't be read: ${describeStoreFault(read.fault)}`, denied: read.fault.kind === "denied" };
      return;
    }
    const parsed = read.value === undefined ? undefined : parseRecord(hooksLeadSchema, read.value.key, read.value.value);
    const seen = parsed?.ok === true ? parsed.value : undefined;
    // A key that was deleted or overwritten by a hand doesn't make done work undone.
    last = seen?.last ?? last;
    holder = determineHolder(read.value, session(), seen?.leader);
    if (holder.kind === "vacant") holder = holderAfterTry(await lock.take(record(), signal));
    else if (holder.kind === "own" && !isSaying(seen, record())) await lock.write(record(), signal);
  };
  return {
    holder: () => holder,
    last: () => last,
    look,
    async write(run, signal) {
      if (holder.kind !== "own") return "lost";
      const fault: StoreFault | undefined = await lock.write({ ...record(), last: run }, signal);
      if (fault === undefined) {
        last = run;
        return "written";
      }
      await look(signal);
      return holder.kind === "own" ? "again" : "lost";
    },
    async release() {
      if (holder.kind === "own") await lock.release(record(), { timeoutMs: RELEASE_MS });
    },
  };
}

function isSaying(seen: HooksLead | undefined, { leader, migrate }: HooksLead): boolean {
  return seen?.leader === leader && JSON.stringify(seen.migrate) === JSON.stringify(migrate);
}
