import type { Change } from "../../../agent/appliers/applier.ts";
import type { Log } from "../../../agent/log.ts";

export function changeTo(version: string, over: Partial<Change> & { readonly config?: string; readonly routes?: string } = {}): Change {
  const { config, routes, ...rest } = over;
  return { service: "checkout", instance: "checkout-1", track: "stable", revision: 7, digest: "d7", from: { version: "1.0.0", config: undefined, routes: undefined }, to: { version, config, routes }, restart: false, ...rest };
}

export const noLog: Log = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined, child: () => noLog };

export const never = new AbortController().signal;
