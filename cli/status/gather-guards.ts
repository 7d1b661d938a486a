import type { StoreFault } from "../../core/model/fault.ts";
import { type GuardState, guardLeadSchema } from "../../core/model/guard-records.ts";
import { parseRecord } from "../../core/model/parse-record.ts";
import { type Result, ok } from "../../core/model/result.ts";
import { readGuardState } from "../../core/operations/guard/guard-state.ts";
import { guardLocksRoot, lastSegment } from "../../core/store/keys.ts";
import type { Store } from "../../core/store/port.ts";

export interface SeenGuard {
  /** Who guards now; null where nobody does. */
  readonly leader: string | null;
  /** What the guard did, and whether it may go on. */
  readonly state: GuardState | undefined;
}

export type SeenGuards = ReadonlyMap<string, SeenGuard>;

/** Of all services where none is named. One request, and one for each service that was ever guarded: the rest of what guards keep is large. */
export async function gatherGuards(store: Store, services: readonly string[], signal: AbortSignal): Promise<Result<SeenGuards, StoreFault>> {
  const locks = await store.list(guardLocksRoot, { signal });
  if (!locks.ok) return locks;
  const wanted = locks.value.entries.filter(({ key }) => services.length === 0 || services.includes(lastSegment(key)));
  const guards = await Promise.all(
    wanted.map(async (entry): Promise<readonly [string, SeenGuard]> => {
      const service = lastSegment(entry.key);
      const parsed = parseRecord(guardLeadSchema, entry.key, entry.value);
      const state = await readGuardState(store, service, signal);
      return [service, { leader: entry.session !== undefined && parsed.ok ? parsed.value.leader : null, state: state.ok ? state.value?.value : undefined }];
    }),
  );
  return ok(new Map(guards));
}
