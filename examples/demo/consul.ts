/** The demo's Consul: one of its own, or a corner of the one that CONSUL_HTTP_ADDR names. */
import { randomBytes } from "node:crypto";
import { obtainConsul } from "../../cli/launcher/obtain.ts";
import { startDevConsul } from "../../cli/launcher/start-dev.ts";
import { systemClock } from "../../core/clock.ts";
import { describeStoreFault } from "../../core/model/fault.ts";
import { type Result, err, ok } from "../../core/model/result.ts";
import { loadConsulSettings } from "../../core/store/consul/load-settings.ts";
import { parseConsulSettings } from "../../core/store/consul/settings.ts";
import { createConsulStore } from "../../core/store/consul/store.ts";
import { MOST_OPERATIONS, type Store } from "../../core/store/port.ts";

export type Environment = Readonly<Record<string, string | undefined>>;

export interface DemoConsul {
  /** For a person: where it is. */
  readonly where: string;
  /** What rollpin's agents and commands are started with. */
  readonly env: Environment;
  readonly service: string;
  readonly prefix: string;
  readonly store: Store;
  /** Nothing of the demo is left in it, or of it. After the agents have ended; `instances` are those they had. */
  cleanUp(instances: readonly string[]): Promise<void>;
}

const SERVICE = "demo-shop";
const PREFIX = "rollpin";

export async function openConsul(env: Environment, report: (line: string) => void, signal: AbortSignal): Promise<Result<DemoConsul, string>> {
  const obtained = await obtainConsul({ env, report, signal });
  if (!obtained.ok) return obtained;
  return obtained.value.kind === "running" ? shareConsul(env, obtained.value.address) : startOwn(env, obtained.value.path, signal);
}

async function startOwn(env: Environment, binary: string, signal: AbortSignal): Promise<Result<DemoConsul, string>> {
  const started = await startDevConsul({ binary, signal });
  if (!started.ok) return started;
  const { address, stop } = started.value;
  // A token or a certificate that is meant for another Consul is none of this one's business.
  const own = { ...Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith("CONSUL_"))), CONSUL_HTTP_ADDR: address };
  const store = await openStore(own, PREFIX);
  if (!store.ok) {
    await stop();
    return store;
  }
  const cleanUp = async (): Promise<void> => {
    store.value.close();
    await stop();
  };
  return ok({ where: `its own Consul, on ${address}`, env: own, service: SERVICE, prefix: PREFIX, store: store.value, cleanUp });
}

/** Others work in it: the names are nobody else's. */
async function shareConsul(env: Environment, address: string): Promise<Result<DemoConsul, string>> {
  const run = randomBytes(3).toString("hex");
  const prefix = `${PREFIX}-demo-${run}`;
  const store = await openStore(env, prefix);
  if (!store.ok) return store;
  const reached = await store.value.keys("");
  if (!reached.ok) {
    store.value.close();
    return err(`the Consul that CONSUL_HTTP_ADDR names can't be used: ${describeStoreFault(reached.fault)}; unset it, and the demo starts one of its own`);
  }
  const service = `${SERVICE}-${run}`;
  const cleanUp = async (instances: readonly string[]): Promise<void> => {
    // Agents sign off by themselves; this is for one that had to be killed.
    for (const instance of instances) await store.value.catalog.deregister(instance);
    await deleteAll(store.value);
    store.value.close();
  };
  return ok({ where: `the Consul of CONSUL_HTTP_ADDR, ${address}`, env, service, prefix, store: store.value, cleanUp });
}

async function openStore(env: Environment, prefix: string): Promise<Result<Store, string>> {
  const settings = parseConsulSettings({ env, flags: {} });
  if (!settings.ok) return err(settings.fault.join("; "));
  const loaded = await loadConsulSettings(settings.value);
  if (!loaded.ok) return err(loaded.fault.join("; "));
  return ok(createConsulStore(loaded.value, { prefix, clock: systemClock, watchConnections: 1 }));
}

async function deleteAll(store: Store): Promise<void> {
  const keys = await store.keys("");
  if (!keys.ok) return;
  for (let from = 0; from < keys.value.length; from += MOST_OPERATIONS) {
    await store.transact(keys.value.slice(from, from + MOST_OPERATIONS).map((key) => ({ kind: "delete", key })));
  }
}
