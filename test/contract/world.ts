/** What the contract suites need of a Consul, whichever it is. */
import { type Clock, systemClock } from "../../core/clock.ts";
import { loadConsulSettings } from "../../core/store/consul/load-settings.ts";
import { type ConsulFlags, parseConsulSettings } from "../../core/store/consul/settings.ts";
import { type ConsulStoreOptions, createConsulStore } from "../../core/store/consul/store.ts";
import { createMemoryWorld } from "../../core/store/memory.ts";
import type { Store } from "../../core/store/port.ts";
import { type ConsulServer, startConsul } from "../support/consul-server.ts";

export interface ContractWorld {
  client(prefix: string): Store;
  /** Some other client's plain write of a full key. */
  putByHand(fullKey: string, value: string | Uint8Array): Promise<void>;
  /** A registered instance whose port is closed fails its check. */
  failCheck(id: string): Promise<void>;
  /** Goes back to how things are now. */
  snapshot(): Promise<() => Promise<void>>;
  stop(): Promise<void>;
}

export function memoryWorld(): Promise<ContractWorld> {
  const world = createMemoryWorld();
  return Promise.resolve({
    client: (prefix) => world.client({ prefix }),
    putByHand: (fullKey, value) => {
      const [root = "", ...rest] = fullKey.split("/");
      world.client({ prefix: root }).putByHand(rest.join("/"), value);
      return Promise.resolve();
    },
    failCheck: (id) => Promise.resolve(world.client().setPassing(id, false)),
    snapshot: () => {
      const saved = world.save();
      return Promise.resolve(() => Promise.resolve(world.restore(saved)));
    },
    stop: () => Promise.resolve(),
  });
}

export async function consulWorld(): Promise<ContractWorld> {
  const consul = await startConsul();
  const open: Store[] = [];
  return {
    client: (prefix) => {
      const store = consulStore(consul, prefix);
      open.push(store);
      return store;
    },
    putByHand: (fullKey, value) => consul.kv.put(fullKey, value),
    // It looks by itself.
    failCheck: () => Promise.resolve(),
    snapshot: async () => {
      const saved = await consul.snapshot();
      return () => consul.restore(saved);
    },
    stop: async () => {
      for (const store of open) store.close();
      await consul.stop();
    },
  };
}

export function consulStore(consul: ConsulServer, prefix: string, flags: ConsulFlags = {}): Store {
  const settings = parseConsulSettings({ env: {}, flags: { address: consul.address, ...flags } });
  if (!settings.ok) throw new Error(settings.fault.join("; "));
  const { token, ...rest } = settings.value;
  return createConsulStore({ ...rest, token: token ?? consul.managementToken, tls: { verify: true } }, { prefix, clock: systemClock });
}

/** As an operator's settings come in: parsed and loaded. */
export async function storeAt(flags: ConsulFlags, options: Partial<ConsulStoreOptions> & { readonly clock?: Clock } = {}): Promise<Store> {
  const settings = parseConsulSettings({ env: {}, flags });
  if (!settings.ok) throw new Error(settings.fault.join("; "));
  const loaded = await loadConsulSettings(settings.value);
  if (!loaded.ok) throw new Error(loaded.fault.join("; "));
  return createConsulStore(loaded.value, { prefix: "rollpin", clock: systemClock, ...options });
}
