import { type Clock, isoTime } from "../../core/clock.ts";
import type { StoreFault } from "../../core/model/fault.ts";
import { consulTime } from "../../core/store/consul-time.ts";
import type { Store } from "../../core/store/port.ts";
import { createSignalFlag } from "../loop/signal-flag.ts";
import { createNameClaim } from "./name-claim.ts";
import type { SessionKeeper } from "./session.ts";

export interface RecordWriterDeps {
  readonly store: Store;
  readonly clock: Clock;
  readonly session: SessionKeeper;
  readonly key: string;
  readonly onFault: (fault: StoreFault) => void;
  /** Another agent's session holds this record, or does no longer. */
  readonly onTaken: (isTaken: boolean) => void;
}

export interface RecordWriter<R extends object> {
  /** Looks whether another agent that lives has this record's name, before anything is done under it. */
  claim(): Promise<void>;
  /** The newest record wins; the same record costs no write. */
  report(record: R): void;
  /** The session changed: what was written must be held anew. */
  hold(): void;
  /** What was written may be gone, or as it was: it is looked at now. */
  doubt(): void;
  run(signal: AbortSignal): Promise<void>;
  /** Signs off: the record goes, so that receipts read `left`. The session stays. */
  remove(signal: AbortSignal): Promise<void>;
}

const RETRY_MS = 1_000;
/** A record that somebody deleted is noticed after this at the latest. */
const LOOK_EVERY_MS = 60_000;
/** A start waits no longer than this to hear whose the name is. */
const CLAIM_MS = 1_000;

/** Writes what really is the case to one key, held by the agent's session. */
export function createRecordWriter<R extends object>(deps: RecordWriterDeps): RecordWriter<R> {
  const { clock, key, store } = deps;
  const flag = createSignalFlag();
  let wanted: R | undefined;
  let written: { readonly content: string; readonly session: string; readonly modifyIndex: number } | undefined;
  let lookedAt = clock.monotonic();
  const claim = createNameClaim({ store, key, session: deps.session, onTaken: deps.onTaken });

  /** Whether it is written, or there is nothing to write yet. */
  const write = async (signal: AbortSignal): Promise<boolean> => {
    const session = deps.session.current();
    if (wanted === undefined || session === undefined) return true;
    const content = contentOf(wanted);
    if (written?.content === content && written.session === session) return true;
    const value = `${content.slice(0, -1)},"at":${JSON.stringify(isoTime(consulTime(store, clock)))}}`;
    const outcome = await store.transact([{ kind: "lock", key, value, session }], { signal });
    if (outcome.ok) {
      written = { content, session, modifyIndex: outcome.value.modifyIndex };
      claim.won();
      // A newer one has raised the flag.
      return true;
    }
    if (signal.aborted) return true;
    if (isSessionDead(outcome.fault)) deps.session.lost(session);
    else if (outcome.fault.kind === "conflict" && !claim.isTaken()) await claim.look({ signal });
    deps.onFault(outcome.fault);
    return false;
  };

  const look = async (signal: AbortSignal): Promise<void> => {
    lookedAt = clock.monotonic();
    const entry = await store.get(key, { signal });
    if (entry.ok && entry.value?.modifyIndex !== written?.modifyIndex) written = undefined;
  };

  return {
    claim: () => claim.look({ timeoutMs: CLAIM_MS }),
    report(record) {
      wanted = record;
      flag.raise();
    },
    hold() {
      written = undefined;
      flag.raise();
    },
    doubt() {
      lookedAt = -Infinity;
      flag.raise();
    },
    async run(signal) {
      while (!signal.aborted) {
        const isWritten = await write(signal);
        await flag.wait(signal, isWritten ? LOOK_EVERY_MS : RETRY_MS);
        if (clock.monotonic() - lookedAt >= LOOK_EVERY_MS) await look(signal);
      }
    },
    async remove(signal) {
      const session = deps.session.known();
      if (session === undefined) return;
      await store.transact([{ kind: "expect-session", key, session }, { kind: "delete", key }], { signal });
    },
  };
}

/** All but the time of writing. Never an empty object, so that the time can be added behind it. */
function contentOf(record: object): string {
  return JSON.stringify({ ...record, at: undefined });
}

function isSessionDead(fault: StoreFault): boolean {
  if (fault.kind === "no-session") return true;
  return fault.kind === "conflict" && fault.failures.some((failure) => /invalid session/i.test(failure.what));
}
