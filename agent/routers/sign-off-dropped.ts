import type { StoreFault } from "../../core/model/fault.ts";
import { readRouters } from "../../core/operations/read-records.ts";
import { routerKey } from "../../core/store/keys.ts";
import type { AgentDeps } from "../agent-deps.ts";
import { describeRefusal } from "../files/disk-refusal.ts";
import type { Presence } from "../presence/presence.ts";
import { type ToldRouter, readToldRouters, toldRoutersOf, writeToldRouters } from "./told-routers.ts";

export interface DroppedDeps {
  readonly agent: Pick<AgentDeps, "clock" | "instance" | "log" | "stateFolder" | "store"> & { readonly file: Pick<AgentDeps["file"], "routers" | "service"> };
  readonly presence: Pick<Presence, "isTaken" | "session">;
  readonly onFault: (fault: StoreFault) => void;
  readonly onDiskFault: (message: string) => void;
}

export interface DroppedRouters {
  /** Has the records go that a life before this one wrote of them, so that receipts read `left`; ends when they are gone, or when the signal fires. */
  signOff(signal: AbortSignal): Promise<void>;
}

const AGAIN_MS = 5_000;

/** Order: before this life writes any record, it is on disk that it may, so that a kill in between leaves none that nobody knows of. */
export async function lookForDropped(deps: DroppedDeps): Promise<DroppedRouters> {
  const { file, instance, log, stateFolder } = deps.agent;
  const read = await readToldRouters(stateFolder);
  if (!read.ok) log.error({ event: "told-routers" }, read.fault);
  const former = read.ok ? read.value : [];
  const now = toldRoutersOf(file, instance);
  const dropped = without(former, now);
  const added = without(now, former);
  if (added.length > 0) await keep(deps, [...former, ...added]);
  return {
    async signOff(signal) {
      if (dropped.length === 0) return;
      await Promise.all(dropped.map((router) => signOffOne(deps, router, signal)));
      if (!signal.aborted) await keep(deps, now);
    },
  };
}

async function signOffOne(deps: DroppedDeps, router: ToldRouter, signal: AbortSignal): Promise<void> {
  while (!signal.aborted && !(await isSignedOff(deps, router, signal))) await deps.agent.clock.sleep(AGAIN_MS, signal);
}

/** False where it is to be tried again. */
async function isSignedOff({ agent: { instance, log, store }, onFault, presence }: DroppedDeps, { router, upstream }: ToldRouter, signal: AbortSignal): Promise<boolean> {
  const key = routerKey(upstream, router);
  const entry = await store.get(key, { signal });
  if (!entry.ok) {
    onFault(entry.fault);
    return false;
  }
  if (entry.value === undefined) return true;
  const [seen] = readRouters([entry.value]).good;
  // Another agent took the name.
  if (seen?.record.instance !== instance) return true;
  // A session of a life before that has not run out yet, or another agent that has this instance's name too.
  if (presence.isTaken() || (seen.live && entry.value.session !== presence.session())) return false;
  const removed = await store.transact([{ kind: "remove", key, modifyIndex: entry.value.modifyIndex }], { signal });
  if (removed.ok) log.info({ event: "router-signed-off", upstream, router }, `the file asks for router ${router} of ${upstream} no more: its record is gone, and receipts don't wait for it`);
  else if (removed.fault.kind !== "conflict") onFault(removed.fault);
  return removed.ok;
}

async function keep({ agent: { stateFolder }, onDiskFault }: DroppedDeps, routers: readonly ToldRouter[]): Promise<void> {
  try {
    await writeToldRouters(stateFolder, routers);
  } catch (error) {
    onDiskFault(`which routers report could not be written to ${stateFolder}: ${describeRefusal(error)}; free or mount the disk, or the record of one that is dropped from the file later may stay in Consul`);
  }
}

function without(some: readonly ToldRouter[], others: readonly ToldRouter[]): readonly ToldRouter[] {
  return some.filter((one) => !others.some(({ router, upstream }) => router === one.router && upstream === one.upstream));
}
