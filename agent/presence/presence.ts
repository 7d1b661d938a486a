import type { InstanceRecord } from "../../core/model/records.ts";
import { catalogRouterOf } from "../../core/config/router-settings.ts";
import type { StoreFault } from "../../core/model/fault.ts";
import type { AgentDeps } from "../agent-deps.ts";
import { instanceKey } from "../../core/store/keys.ts";
import { type HostClock, createHostClock } from "./host-clock.ts";
import { type RecordWriter, createRecordWriter } from "./record-writer.ts";
import { type Registration, createRegistration } from "./registration.ts";
import { type SessionKeeper, keepSession } from "./session.ts";

/** How the instance is seen by others: its record, held by a session, and its place in Consul's catalog. */
export interface Presence {
  readonly report: (record: InstanceRecord) => void;
  /** Undefined where the agent's file registers nothing. */
  readonly registration: Registration | undefined;
  readonly hostClock: HostClock;
  readonly session: () => string | undefined;
  /** Consul may have been put back to an older state: what others see is looked at soon. */
  doubt(): void;
  /** Whether another agent that lives has this instance's name: then nothing may be done under it. */
  readonly isTaken: () => boolean;
  /** Another record that this agent's session holds, until it signs off. The caller runs it. */
  holdRecord<R extends object>(key: string, onTaken: (isTaken: boolean) => void): RecordWriter<R>;
  /** Asks whose the name is; before anything else. */
  claim(): Promise<void>;
  run(signal: AbortSignal): Promise<void>;
  /** Only keeps the session alive, while what takes long is ended. */
  linger(signal: AbortSignal): Promise<void>;
  /** The records go, and the session. */
  signOff(signal: AbortSignal): Promise<void>;
}

export interface PresenceHooks {
  readonly onFault: (fault: StoreFault) => void;
  /** `isTaken` turned. */
  readonly onTaken: () => void;
  /** There is a session, or it is gone. */
  readonly onSession: () => void;
  /** The host's clock is found to be another. */
  readonly onClock: () => void;
}

export function createPresence(deps: AgentDeps, { onClock, onFault, onSession, onTaken }: PresenceHooks): Presence {
  const { clock, file, instance, store } = deps;
  const { service, track } = file;
  const hostClock = createHostClock(store, deps.log);
  let isTaken = false;
  const others: HeldRecord[] = [];
  const session: SessionKeeper = keepSession({
    store,
    clock,
    random: deps.random,
    name: `rollpin ${service}/${instance}`,
    ttlMs: file.sessionTtl,
    remembered: deps.formerSession,
    remember: deps.rememberSession,
    onSession: () => {
      for (const one of [record, ...others]) one.hold();
      onSession();
    },
    onLost: onSession,
    onTended: () => {
      if (hostClock.look()) onClock();
    },
    onFault,
  });
  const record: RecordWriter<InstanceRecord> = createRecordWriter({
    store,
    clock,
    session,
    key: instanceKey(service, instance),
    onFault,
    onTaken: (taken) => {
      isTaken = taken;
      onTaken();
    },
  });
  const registration = file.register === false ? undefined : createRegistration({ store, clock, settings: file.register, service, instance, track, isRouted: catalogRouterOf(file.routers) !== undefined, onFault });
  return {
    report: (next) => record.report(next),
    registration,
    hostClock,
    session: () => session.current(),
    doubt() {
      for (const one of [record, ...others]) one.doubt();
      registration?.doubt();
    },
    isTaken: () => isTaken,
    holdRecord<R extends object>(key: string, onOtherTaken: (isTaken: boolean) => void) {
      return added(others, createRecordWriter<R>({ store, clock, session, key, onFault, onTaken: onOtherTaken }));
    },
    claim: () => record.claim(),
    async run(signal) {
      await Promise.all([session.run(signal), record.run(signal), registration?.run(signal)]);
    },
    linger: (signal) => session.run(signal),
    signOff: (signal) => signOff([record, ...others], session, store, signal),
  };
}

type HeldRecord = Pick<RecordWriter<object>, "doubt" | "hold" | "remove">;

function added<R extends HeldRecord>(records: HeldRecord[], record: R): R {
  records.push(record);
  return record;
}

async function signOff(records: readonly HeldRecord[], session: SessionKeeper, store: AgentDeps["store"], signal: AbortSignal): Promise<void> {
  await Promise.all(records.map((one) => one.remove(signal)));
  const held = session.known();
  if (held !== undefined) await store.sessions.destroy(held, { signal });
}
