/**
 * Consul in memory, for tests: the same answers, indexes, blocking and refusals as Consul (test/contract holds it to
 * that), and the means to make it fail.
 */
import { type Clock, systemClock } from "../clock.ts";
import { type ClientControls, createClient } from "./memory/client.ts";
import type { WantedFault } from "./memory/injected-faults.ts";
import { type Snapshot, createWorld, endSession, put, restore, setPassing, takeSnapshot } from "./memory/world.ts";
import type { Store } from "./port.ts";

/** One Consul, kept in memory. Clients share it. */
export interface MemoryWorld {
  client(options?: { readonly prefix?: string | undefined }): MemoryStore;
  /** `consul snapshot save`. */
  save(): Snapshot;
  /** `consul snapshot restore`: indexes go down, and parked queries answer once with the data from before. */
  restore(snapshot: Snapshot): void;
}

export interface MemoryStore extends Store {
  readonly world: MemoryWorld;
  /** `consul kv put`: a person's hand. The key is relative to the prefix. */
  putByHand(key: string, value: string | Uint8Array): void;
  /** As the session's TTL running out: what it holds stays, unheld. */
  expireSession(session: string): void;
  /** What a check says of a registered instance. */
  setPassing(id: string, passing: boolean): void;
  /** `consul config write` of a service-defaults. */
  setProtocol(service: string, protocol: string): void;
  /** The next call of this client ends in that fault. With `applied`, a write happens all the same. */
  failNext(fault: WantedFault, options?: { readonly applied?: boolean }): void;
  /** Every call of this client ends in that fault, parked ones too, until `undefined`. */
  setOutage(fault: WantedFault | undefined): void;
  /** This client's token may not read below that folder: listed as empty, read as denied. */
  setHidden(folder: string | undefined): void;
  /** How far the servers' clock is ahead of this client's. */
  setClockOffset(ms: number): void;
  /** How often this client's blocking queries were answered because of a change. */
  readonly wakeUps: number;
}

export function createMemoryWorld(options: { readonly clock?: Clock | undefined } = {}): MemoryWorld {
  const state = createWorld(options.clock ?? systemClock);
  const world: MemoryWorld = {
    client: ({ prefix = "rollpin" } = {}) => {
      const controls: ClientControls = { wakeUps: 0, outage: undefined, next: undefined, hidden: undefined, clockOffsetMs: 0, interruption: new AbortController(), closed: false };
      return {
        ...createClient(state, prefix, controls),
        world,
        putByHand: (key, value) => put(state, `${prefix}/${key}`, Buffer.from(value)),
        expireSession: (session) => endSession(state, session),
        setPassing: (id, passing) => setPassing(state, id, passing),
        setProtocol: (service, protocol) => void state.mesh.protocols.set(service, protocol),
        ...faultControls(controls, prefix),
        get wakeUps() {
          return controls.wakeUps;
        },
      };
    },
    save: () => takeSnapshot(state),
    restore: (snapshot) => restore(state, snapshot),
  };
  return world;
}

/** A client of a world of its own. */
export function createMemoryStore(options: { readonly prefix?: string | undefined; readonly clock?: Clock | undefined } = {}): MemoryStore {
  return createMemoryWorld(options).client(options);
}

function faultControls(controls: ClientControls, prefix: string): Pick<MemoryStore, "failNext" | "setOutage" | "setHidden" | "setClockOffset"> {
  return {
    setClockOffset: (ms) => {
      controls.clockOffsetMs = ms;
    },
    failNext: (fault, { applied = false } = {}) => {
      controls.next = { fault, applied };
    },
    setOutage: (fault) => {
      controls.outage = fault;
      if (fault === undefined || controls.closed) return;
      controls.interruption.abort();
      controls.interruption = new AbortController();
    },
    setHidden: (folder) => {
      controls.hidden = folder === undefined ? undefined : `${prefix}/${folder}`;
    },
  };
}
