import type { InstanceRecord } from "../../core/model/records.ts";
import type { StoreFault } from "../../core/model/fault.ts";
import type { AgentDeps } from "../agent-deps.ts";
import { type RecordWriter, createRecordWriter } from "./record-writer.ts";
import { type Registration, createRegistration } from "./registration.ts";
import { type SessionKeeper, keepSession } from "./session.ts";

/** How the instance is seen by others: its record, held by a session, and its place in Consul's catalog. */
export interface Presence {
  readonly report: (record: InstanceRecord) => void;
  /** Undefined where the agent's file registers nothing. */
  readonly registration: Registration | undefined;
  readonly session: () => string | undefined;
  run(signal: AbortSignal): Promise<void>;
  /** The record goes. */
  signOff(signal: AbortSignal): Promise<void>;
}

export function createPresence(deps: AgentDeps, onFault: (fault: StoreFault) => void): Presence {
  const { clock, file, instance, store } = deps;
  const { service, track } = file;
  const session: SessionKeeper = keepSession({
    store,
    clock,
    random: deps.random,
    name: `rollpin ${service}/${instance}`,
    ttlMs: file.sessionTtl,
    remembered: deps.formerSession,
    onSession: (id) => {
      deps.rememberSession(id);
      record.hold();
    },
    onFault,
  });
  const record: RecordWriter = createRecordWriter({ store, clock, session, service, instance, onFault });
  const registration = file.register === false ? undefined : createRegistration({ store, clock, settings: file.register, service, instance, track, onFault });
  return {
    report: (next) => record.report(next),
    registration,
    session: () => session.current(),
    async run(signal) {
      await Promise.all([session.run(signal), record.run(signal), registration?.run(signal)]);
    },
    signOff: (signal) => record.remove(signal),
  };
}
