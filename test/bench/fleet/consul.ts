/** The store over a bench's own Consul. */
import { systemClock } from "../../../core/clock.ts";
import type { LoadedSettings } from "../../../core/store/consul/load-settings.ts";
import { createConsulStore } from "../../../core/store/consul/store.ts";
import type { Store } from "../../../core/store/port.ts";
import { PREFIX } from "./start-agent.ts";

/** A real Consul closes one address's 201st connection unless told otherwise. */
export const MANY_CONNECTIONS = { limits: { http_max_conns_per_client: 10_000 } };

export function settingsOf(address: string): LoadedSettings {
  const [host = "", port = ""] = address.split(":");
  return { address: { kind: "tcp", host, port: Number(port), tls: false, pathPrefix: "" }, tls: { verify: true } };
}

export function openStore(address: string): Store {
  return createConsulStore(settingsOf(address), { prefix: PREFIX, clock: systemClock });
}
