/** A lock by which one agent of several acts: held by its session, taken when it is free, and not watched. */
import { type StoreFault, describeStoreFault } from "../../core/model/fault.ts";
import { parseRecord } from "../../core/model/parse-record.ts";
import { type MeshLead, meshLeadSchema } from "../../core/model/records.ts";
import type { Entry, Operation, Store } from "../../core/store/port.ts";
import { createTurns } from "../appliers/turns.ts";
import { createSignalFlag } from "../loop/signal-flag.ts";
import { lookPause } from "./look-pause.ts";

export interface LockDeps {
  readonly store: Pick<Store, "get" | "transact">;
  readonly random: () => number;
  readonly key: string;
  readonly instance: string;
  readonly session: () => string | undefined;
  /** Whether it may be taken: an agent that knows nothing yet would hold it in vain. */
  readonly isReady: () => boolean;
  readonly onChange: () => void;
  readonly onFault: (fault: StoreFault) => void;
}

/** `free`: nobody has it, or it can't be read; why not this agent, where something is wrong. */
export type Hold = { readonly kind: "own" } | { readonly kind: "other"; readonly leader: string } | { readonly kind: "free"; readonly fault?: string | undefined };

export interface Lock {
  hold(): Hold;
  /** Asks Consul, now, by writing what stands there once more: a server that was deposed would still answer a mere read from what it knew. */
  confirm(signal: AbortSignal): Promise<boolean>;
  /** It may be for the taking. */
  lookSoon(): void;
  run(signal: AbortSignal): Promise<void>;
  /** At the end: the session may live on, in an agent whose file asks for this no more. */
  release(): Promise<void>;
}

const RELEASE_MS = 2_000;
/** Consul was not asked yet. */
const UNREAD: Hold = { kind: "free" };

export function holdLock(deps: LockDeps): Lock {
  const { key, onChange, onFault, random, session, store } = deps;
  const flag = createSignalFlag();
  // A look that began before a write must not be believed after it.
  const inTurn = createTurns();
  let now: Hold = UNREAD;
  let quietLooks = 0;
  const settle = (next: Hold): void => {
    const isNews = JSON.stringify(now) !== JSON.stringify(next);
    now = next;
    quietLooks = isNews ? 0 : quietLooks + 1;
    if (isNews) onChange();
  };
  const write = async (unmoved: readonly Operation[], held: string, signal: AbortSignal): Promise<StoreFault | undefined> => {
    const written = await store.transact([...unmoved, { kind: "lock", key, value: valueOf(deps), session: held }], { signal });
    if (!written.ok) onFault(written.fault);
    return written.ok ? undefined : written.fault;
  };
  const take = async (entry: Entry | undefined, signal: AbortSignal): Promise<Hold> => {
    const own = session();
    if (own === undefined || !deps.isReady()) return { kind: "free" };
    const fault = await write([entry === undefined ? { kind: "expect-absent", key } : { kind: "expect", key, modifyIndex: entry.modifyIndex }], own, signal);
    if (fault === undefined) return { kind: "own" };
    // A conflict: another was first, and the next look says who.
    return { kind: "free", fault: fault.kind === "conflict" ? undefined : `this agent can't take the lead: ${describeStoreFault(fault)}` };
  };
  const look = async (signal: AbortSignal): Promise<void> => {
    const read = await store.get(key, { signal, consistency: "consistent" });
    if (signal.aborted) return;
    if (!read.ok) {
      onFault(read.fault);
      // Whoever holds it goes on doing so: without Consul nobody can write anything.
      if (now.kind !== "own") settle({ kind: "free", fault: `who leads can't be read: ${describeStoreFault(read.fault)}` });
      return;
    }
    const holder = read.value?.session;
    if (holder === undefined) settle(await take(read.value, signal));
    else settle(holder === session() ? { kind: "own" } : { kind: "other", leader: leaderOf(read.value) });
  };
  return {
    hold: () => now,
    confirm: (signal) =>
      inTurn(async () => {
        const own = session();
        const fault = own === undefined ? undefined : await write([], own, signal);
        if (own !== undefined && fault === undefined) return true;
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
        await flag.wait(signal, lookPause({ isOwn: now.kind === "own", awaitsNews: now.kind === "free", quietLooks, random: random() }));
      }
    },
    release: () => (now.kind === "own" ? release(deps) : Promise.resolve()),
  };
}

async function release(deps: LockDeps): Promise<void> {
  const { key, session, store } = deps;
  const own = session();
  if (own !== undefined) await store.transact([{ kind: "unlock", key, value: valueOf(deps), session: own }], { timeoutMs: RELEASE_MS });
}

function valueOf({ instance }: LockDeps): string {
  return JSON.stringify({ leader: instance } satisfies MeshLead);
}

function leaderOf(entry: Entry | undefined): string {
  const read = entry === undefined ? undefined : parseRecord(meshLeadSchema, entry.key, entry.value);
  return read?.ok === true ? read.value.leader : "an agent that can't be named";
}
