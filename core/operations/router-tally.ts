import type { SeenRouter } from "../model/facts.ts";
import type { Entry } from "../store/port.ts";
import { readRouters } from "./read-records.ts";

/** Counts one service's routers as their records are read again and again. */
export interface RouterTally {
  isRead(): boolean;
  /** Takes a whole reading of the service's folder; answers whether anything moved that a receipt is about. */
  take(entries: readonly Entry[]): boolean;
  facts(): { readonly must: Iterable<string>; readonly seen: ReadonlyMap<string, SeenRouter> } | undefined;
}

export function createRouterTally(): RouterTally {
  const must = new Set<string>();
  let seen: ReadonlyMap<string, SeenRouter> | undefined;
  return {
    isRead: () => seen !== undefined,
    take(entries) {
      const now = new Map(readRouters(entries).good.map((one) => [one.record.router, one]));
      const former = seen;
      seen = now;
      for (const { live, record } of now.values()) if (live) must.add(record.router);
      return former === undefined || [...must].some((name) => movementOf(former.get(name)) !== movementOf(now.get(name)));
    },
    facts: () => (seen === undefined ? undefined : { must, seen }),
  };
}

/** Not what is served meanwhile, nor when it was told. */
function movementOf(seen: SeenRouter | undefined): string {
  if (seen === undefined) return "";
  const { reason, revision, seen: looked, status } = seen.record;
  return JSON.stringify([seen.live, status, revision, looked, reason?.code]);
}
