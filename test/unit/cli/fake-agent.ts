/** Writes instance records as an agent would, and runs nothing: enough for receipts and `status`. */
import { isoTime, systemClock } from "../../../core/clock.ts";
import { readDesiredEntries } from "../../../core/decide/desired-keys.ts";
import { digestForTrack } from "../../../core/decide/digest.ts";
import { normalisedState } from "../../../core/decide/effective.ts";
import { pinOf } from "../../../core/model/desired.ts";
import type { InstanceRecord } from "../../../core/model/records.ts";
import { desiredFolder, instanceKey } from "../../../core/store/keys.ts";
import type { Reading, Store } from "../../../core/store/port.ts";
import { watchFolder } from "../../../core/store/watch.ts";

export interface FakeAgentOptions {
  readonly service: string;
  readonly instance: string;
  readonly track?: string;
  readonly artifacts?: readonly string[];
  /** `obey` applies at once; `hold` sees every revision and holds with a reason; `sleep` sees nothing after its start. */
  readonly habit?: "obey" | "hold" | "sleep";
}

export interface FakeAgent {
  readonly session: string;
  /** The agent goes without signing off: its record stays, held. */
  stop(): Promise<void>;
}

export async function startFakeAgent(store: Store, options: FakeAgentOptions): Promise<FakeAgent> {
  const { service, instance, habit = "obey" } = options;
  const session = await store.sessions.create({ name: instance, ttlMs: 60_000 });
  if (!session.ok) throw new Error(`no session: ${JSON.stringify(session.fault)}`);
  const over = new AbortController();
  let writing = Promise.resolve();
  let ready: () => void = () => undefined;
  const started = new Promise<void>((resolve) => {
    ready = resolve;
  });
  let readings = 0;
  const write = async (reading: Reading): Promise<void> => {
    readings += 1;
    if (habit === "sleep" && readings > 1) return;
    const value = JSON.stringify(recordOf(options, reading, habit === "hold" && readings > 1));
    const written = await store.transact([{ kind: "lock", key: instanceKey(service, instance), value, session: session.value }]);
    if (!written.ok && written.fault.kind !== "aborted") throw new Error(`the fake agent could not write: ${JSON.stringify(written.fault)}`);
    ready();
  };
  const watching = watchFolder(
    store,
    desiredFolder(service),
    { onReading: (reading) => void (writing = writing.then(() => write(reading))), onFault: () => undefined },
    { clock: systemClock, random: () => 0, signal: over.signal },
  );
  await started;
  return {
    session: session.value,
    stop: async () => {
      over.abort();
      await watching;
      await writing;
    },
  };
}

function recordOf({ service, instance, track = "stable", artifacts }: FakeAgentOptions, reading: Reading, held: boolean): InstanceRecord {
  const { head, keys } = readDesiredEntries(service, reading.entries);
  const revision = head?.ok === true ? head.value.value.revision : 0;
  const state = normalisedState(keys) ?? { pins: {} };
  const version = pinOf(state, track);
  return {
    service,
    instance,
    track,
    actuator: "instance",
    status: held ? "held" : "in-sync",
    ...(held ? { reason: { code: "no-artifact", message: `./releases/${version} is not there` } } : {}),
    ...(version === undefined || version === "none" || held ? {} : { version }),
    revision: held ? 0 : revision,
    ...(held ? {} : { digest: digestForTrack(state, track) }),
    seen: revision,
    ...(artifacts === undefined ? {} : { artifacts: [...artifacts] }),
    node: "node-1",
    agent: { version: "0.1.0", startedAt: isoTime(systemClock.now()) },
    at: isoTime(systemClock.now()),
  };
}
