import type { Clock } from "../clock.ts";
import type { StoreFault } from "../model/fault.ts";
import type { EndpointReading, Reading, Store } from "./port.ts";

export interface WatchListener<T> {
  onReading(reading: T): void;
  /** `sinceMs`: how long there has been no good answer. */
  onFault(fault: StoreFault, sinceMs: number): void;
  /** Consul answered, whether or not anything changed. */
  onAlive?(): void;
}
export type FolderListener = WatchListener<Reading>;
export type EndpointListener = WatchListener<EndpointReading>;

export interface WatchDeps {
  readonly clock: Clock;
  readonly random: () => number;
  readonly signal: AbortSignal;
  readonly waitMs?: number | undefined;
}

export function watchFolder(_store: Store, _folder: string, _listener: FolderListener, _deps: WatchDeps): Promise<void> {
  throw new Error("being written");
}

export function watchEndpoints(_store: Store, _service: string, _listener: EndpointListener, _deps: WatchDeps): Promise<void> {
  throw new Error("being written");
}
