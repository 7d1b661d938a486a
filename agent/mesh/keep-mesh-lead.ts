/** Who writes a service's entries in Consul's mesh: one agent of several, by a lock that isn't watched. */
import type { Clock } from "../../core/clock.ts";
import { type StoreFault, describeStoreFault } from "../../core/model/fault.ts";
import { parseRecord } from "../../core/model/parse-record.ts";
import { type MeshLead, meshLeadSchema } from "../../core/model/actuator-records.ts";
import { meshKey } from "../../core/store/keys.ts";
import type { Entry, Store } from "../../core/store/port.ts";
import { createTurns } from "../appliers/turns.ts";
import { type Holder, VACANT, determineHolder, holderAfterTry } from "../lead/holder.ts";
import { lookPause } from "../lead/look-pause.ts";
import { createSessionLock } from "../lead/session-lock.ts";
import { createSignalFlag } from "../loop/signal-flag.ts";

export interface MeshLeadDeps {
  readonly store: Pick<Store, "get" | "transact">;
  readonly clock: Pick<Clock, "monotonic">;
  readonly random: () => number;
  readonly upstream: string;
  readonly instance: string;
  readonly session: () => string | undefined;
  /** Whether it may be taken: an agent that knows nothing yet would hold it in vain. */
  readonly isReady: () => boolean;
  readonly onChange: () => void;
  readonly onFault: (fault: StoreFault) => void;
}

export interface MeshLeadKeeper {
  holder(): Holder;
  /** Asks Consul, now, by writing what stands there once more: a server that was deposed would still answer a mere read from what it knew. */
  confirm(signal: AbortSignal): Promise<boolean>;
  /** It may be for the taking. */
  lookSoon(): void;
  run(signal: AbortSignal): Promise<void>;
  /** At the end: the session may live on, in an agent whose file asks for this no more. */
  release(): Promise<void>;
}

const RELEASE_MS = 2_000;
const UNREAD: Holder = { kind: "unknown", why: "who leads is being read", denied: false };

export function keepMeshLead(deps: MeshLeadDeps): MeshLeadKeeper {
  const { instance, isReady, onChange, random, session, upstream } = deps;
  const flag = createSignalFlag();
  const inTurn = createTurns();
  const lock = createSessionLock({ ...deps, key: meshKey(upstream) });
  const value: MeshLead = { leader: instance };
  let now = UNREAD;
  let quietLooks = 0;
  const settle = (next: Holder): void => {
    const isNews = JSON.stringify(now) !== JSON.stringify(next);
    now = next;
    quietLooks = isNews ? 0 : quietLooks + 1;
    if (isNews) onChange();
  };
  const take = async (signal: AbortSignal): Promise<Holder> => (session() === undefined || !isReady() ? VACANT : holderAfterTry(await lock.take(value, signal)));
  const look = async (signal: AbortSignal): Promise<void> => {
    const read = await lock.read(signal);
    if (signal.aborted) return;
    if (read.ok) {
      const seen = determineHolder(read.value, session(), leaderOf(read.value));
      return settle(seen.kind === "vacant" ? await take(signal) : seen);
    }
    // Whoever holds it goes on doing so: without Consul nobody can write anything.
    if (now.kind !== "own") settle({ kind: "unknown", why: `who leads can't be read: ${describeStoreFault(read.fault)}`, denied: read.fault.kind === "denied" });
  };
  return {
    holder: () => now,
    confirm: (signal) =>
      inTurn(async () => {
        if ((await lock.write(value, signal)) === undefined) return true;
        await look(signal);
        return false;
      }),
    lookSoon() {
      quietLooks = 0;
      if (now.kind !== "own") flag.raise();
    },
    async run(signal) {
      while (!signal.aborted) {
        await inTurn(() => look(signal));
        await flag.wait(signal, lookPause({ isOwn: now.kind === "own", awaitsNews: now.kind !== "other", quietLooks, random: random() }));
      }
    },
    release: () => (now.kind === "own" ? lock.release(value, { timeoutMs: RELEASE_MS }) : Promise.resolve()),
  };
}

function leaderOf(entry: Entry | undefined): string | undefined {
  const read = entry === undefined ? undefined : parseRecord(meshLeadSchema, entry.key, entry.value);
  return read?.ok === true ? read.value.leader : undefined;
}
