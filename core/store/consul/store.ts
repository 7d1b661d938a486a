import type { Clock } from "../../clock.ts";
import type { Store } from "../port.ts";
import type { LoadedSettings } from "./load-settings.ts";

export interface ConsulStoreOptions {
  /** Without a slash at either end. */
  readonly prefix: string;
  readonly clock: Clock;
  /** Of every call but a blocking query; 10 s unless given. */
  readonly timeoutMs?: number | undefined;
  /** Blocking queries that may be parked at once, each on a connection of its own; 1 unless given. */
  readonly watchConnections?: number | undefined;
}

export function createConsulStore(_loaded: LoadedSettings, _options: ConsulStoreOptions): Store {
  throw new Error("being written");
}
