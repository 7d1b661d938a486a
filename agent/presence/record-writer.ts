import type { Clock } from "../../core/clock.ts";
import type { StoreFault } from "../../core/model/fault.ts";
import type { InstanceRecord } from "../../core/model/records.ts";
import { instanceKey } from "../../core/store/keys.ts";
import type { Store } from "../../core/store/port.ts";
import { createSignalFlag } from "../loop/signal-flag.ts";
import type { SessionKeeper } from "./session.ts";

export interface RecordWriterDeps {
  readonly store: Store;
  readonly clock: Clock;
  readonly session: SessionKeeper;
  readonly service: string;
  readonly instance: string;
  readonly onFault: (fault: StoreFault) => void;
}

export interface RecordWriter {
  /** The newest record wins; the same record costs no write. */
  report(record: InstanceRecord): void;
  /** The session changed: what was written must be held anew. */
  hold(): void;
  run(signal: AbortSignal): Promise<void>;
  /** Signs off: the record goes, so that receipts read `left`. */
  remove(signal: AbortSignal): Promise<void>;
}

const RETRY_MS = 1_000;

/** Writes what the instance really runs to `instances/<service>/<instance>`, held by the agent's session. */
export function createRecordWriter(deps: RecordWriterDeps): RecordWriter {
  const { clock, store } = deps;
  const key = instanceKey(deps.service, deps.instance);
  const flag = createSignalFlag();
  let wanted: InstanceRecord | undefined;
  let written: { readonly content: string; readonly session: string } | undefined;

  /** Whether it is written, or there is nothing to write yet. */
  const write = async (signal: AbortSignal): Promise<boolean> => {
    const session = deps.session.current();
    if (wanted === undefined || session === undefined) return true;
    const record = wanted;
    const content = contentOf(record);
    if (written?.content === content && written.session === session) return true;
    const value = JSON.stringify({ ...record, at: new Date(clock.now()).toISOString() });
    const outcome = await store.transact([{ kind: "lock", key, value, session }], { signal });
    if (outcome.ok) {
      written = { content, session };
      // A newer one has raised the flag.
      return true;
    }
    if (signal.aborted) return true;
    if (isSessionDead(outcome.fault)) deps.session.lost(session);
    deps.onFault(outcome.fault);
    return false;
  };

  return {
    report(record) {
      wanted = record;
      flag.raise();
    },
    hold() {
      written = undefined;
      flag.raise();
    },
    async run(signal) {
      while (!signal.aborted) {
        if (await write(signal)) await flag.wait(signal);
        else await flag.wait(signal, RETRY_MS);
      }
    },
    async remove(signal) {
      const session = deps.session.current();
      if (session === undefined) return;
      await store.transact([{ kind: "expect-session", key, session }, { kind: "delete", key }], { signal });
      await store.sessions.destroy(session, { signal });
    },
  };
}

/** All but the time of writing. */
function contentOf(record: InstanceRecord): string {
  return JSON.stringify({ ...record, at: "" });
}

function isSessionDead(fault: StoreFault): boolean {
  if (fault.kind === "no-session") return true;
  return fault.kind === "conflict" && fault.failures.some((failure) => /invalid session/i.test(failure.what));
}
