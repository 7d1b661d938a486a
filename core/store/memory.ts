import type { Clock } from "../clock.ts";
import type { StoreFault } from "../model/fault.ts";
import type { Store } from "./port.ts";

/** One Consul, kept in memory. Clients share it. */
export interface MemoryWorld {
  client(options?: { readonly prefix?: string | undefined }): MemoryStore;
}

export interface MemoryStore extends Store {
  readonly world: MemoryWorld;
  /** `consul kv put`: a person's hand. The key is relative to the prefix. */
  putByHand(key: string, value: string | Uint8Array): void;
  /** As the session's TTL running out: what it holds stays, unheld. */
  expireSession(session: string): void;
  /** The next call of this client ends in that fault. With `applied`, a write happens all the same. */
  failNext(fault: StoreFault["kind"] | StoreFault, options?: { readonly applied?: boolean }): void;
  /** Every call of this client ends in that fault, parked ones too, until `undefined`. */
  setOutage(fault: StoreFault["kind"] | StoreFault | undefined): void;
  /** How often this client's blocking queries were answered because of a change. */
  readonly wakeUps: number;
}

export function createMemoryWorld(_options: { readonly clock?: Clock | undefined } = {}): MemoryWorld {
  throw new Error("being written");
}

export function createMemoryStore(_options: { readonly prefix?: string | undefined; readonly clock?: Clock | undefined } = {}): MemoryStore {
  throw new Error("being written");
}
