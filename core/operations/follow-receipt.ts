import type { Clock } from "../clock.ts";
import { determineState } from "../decide/receipt.ts";
import type { StoreFault } from "../model/fault.ts";
import type { Receipt } from "../model/receipt.ts";
import { instancesFolder, instancesRoot, routersFolder, routersRoot, serviceIn } from "../store/keys.ts";
import type { Entry, Store } from "../store/port.ts";
import { type FolderListener, type WatchDeps, watchFolder } from "../store/watch.ts";
import { groupBy } from "./gather-fleet.ts";
import { paceBlocks } from "./pace-blocks.ts";
import { type ReceiptScope, type Tally, createTally } from "./receipt-tally.ts";

export type { ReceiptScope } from "./receipt-tally.ts";

export interface FollowInput {
  readonly plan: string;
  /** ISO time of the commit. */
  readonly at: string;
  /** The recorded services of the plan. */
  readonly services: readonly ReceiptScope[];
}

export interface FollowDeps {
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly random: () => number;
  /** After how long without any movement it ends as `standing`, milliseconds. */
  readonly quietMs?: number | undefined;
  /** Consul can't be read at the moment; `sinceMs` is how long already. The watch goes on by itself. */
  readonly onFault?: ((fault: StoreFault, sinceMs: number) => void) | undefined;
}

const QUIET_MS = 30_000;

/**
 * Follows a committed plan through the instances that must apply it: a receipt at the first reading and whenever one of
 * them moves. The last one is `complete` or `standing`; where the signal fires or the store is closed it just ends.
 * It parks one blocking query for each service, and one more where it has routers that must serve the revision, so the store must have as many watch
 * connections; of more than 15 services it watches all instances with one, and all routers with another.
 */
export async function* followReceipt(store: Store, { plan, at, services }: FollowInput, deps: FollowDeps): AsyncGenerator<Receipt, void, void> {
  const { clock, signal, quietMs = QUIET_MS } = deps;
  const startedAt = clock.monotonic();
  const tallies = services.map((scope) => createTally(scope, at));
  const news = createNews(clock);
  const over = new AbortController();
  const either = AbortSignal.any([signal, over.signal]);
  const watches = watchAll(store, services, tallies, news.tell, { ...deps, signal: either }).then(() => "ended" as const);
  let movedAt = startedAt;
  try {
    while (!signal.aborted) {
      const moved = await Promise.race([news.next(Math.max(0, movedAt + quietMs - clock.monotonic()), either), watches]);
      if (signal.aborted || moved === "ended") return;
      const now = clock.monotonic();
      if (moved || tallies.some((tally) => tally.isUnderWay())) movedAt = now;
      const isQuiet = now - movedAt >= quietMs;
      if (!isQuiet && !tallies.every((tally) => tally.isRead)) continue;
      const receipts = tallies.map((tally) => tally.receipt());
      const state = determineState(receipts, isQuiet);
      if (moved || state !== "waiting") yield { plan, services: receipts, state, elapsedMs: now - startedAt };
      if (state !== "waiting") return;
    }
  } finally {
    over.abort();
    await watches.catch(() => undefined);
  }
}

/** Of more services than these the instances are watched as a whole: Consul closes a host's 201st connection, the other commands' too. */
const MOST_WATCHED_ALONE = 15;

/** Rejects only for a bug in a listener; ends when the signal fires. */
function watchAll(store: Store, services: readonly ReceiptScope[], tallies: readonly Tally[], tell: (moved: boolean) => void, deps: FollowDeps): Promise<void> {
  return (services.length > MOST_WATCHED_ALONE ? watchTogether : watchEach)(store, services, tallies, tell, deps);
}

/** Two watches, whatever the number of services. */
async function watchTogether(store: Store, services: readonly ReceiptScope[], tallies: readonly Tally[], tell: (moved: boolean) => void, deps: FollowDeps): Promise<void> {
  const { clock, random, signal, onFault } = deps;
  const listener = (root: string, take: (tally: Tally, entries: readonly Entry[]) => boolean): FolderListener => ({
    onReading: ({ entries }) => {
      const byService = groupBy(entries, ({ key }) => serviceIn(key, root));
      const moved = services.map(({ service }, place) => {
        const tally = tallies[place];
        return tally !== undefined && take(tally, byService.get(service) ?? []);
      });
      tell(moved.includes(true));
    },
    onFault: (fault, sinceMs) => onFault?.(fault, sinceMs),
  });
  const instances = watchFolder(paceBlocks(store, clock), instancesRoot, listener(instancesRoot, (tally, entries) => tally.take(entries)), { clock, random, signal });
  const routers = services.some(({ routed }) => routed === true) ? [watchRouters(store, routersRoot, listener(routersRoot, (tally, entries) => tally.takeRouters(entries)), { clock, random, signal })] : [];
  await Promise.all([instances, ...routers]);
}

async function watchEach(store: Store, services: readonly ReceiptScope[], tallies: readonly Tally[], tell: (moved: boolean) => void, deps: FollowDeps): Promise<void> {
  const { clock, random, signal, onFault } = deps;
  await Promise.all(
    services.flatMap(({ routed, service }, place) => {
      const listener = (take: (tally: Tally, entries: readonly Entry[]) => boolean) => ({
        onReading: ({ entries }: { readonly entries: readonly Entry[] }) => {
          const tally = tallies[place];
          tell(tally !== undefined && take(tally, entries));
        },
        onFault: (fault: StoreFault, sinceMs: number) => onFault?.(fault, sinceMs),
      });
      const instances = watchFolder(paceBlocks(store, clock), instancesFolder(service), listener((tally, entries) => tally.take(entries)), { clock, random, signal });
      return routed === true ? [instances, watchRouters(store, routersFolder(service), listener((tally, entries) => tally.takeRouters(entries)), { clock, random, signal })] : [instances];
    }),
  );
}

/** An empty folder would wake for its neighbours' writes, and most services have no router. */
async function watchRouters(store: Store, folder: string, listener: FolderListener, deps: WatchDeps): Promise<void> {
  const first = await store.list(folder, { signal: deps.signal });
  if (first.ok && first.value.entries.length === 0) listener.onReading(first.value);
  else if (!deps.signal.aborted) await watchFolder(store, folder, listener, deps);
}

interface News {
  readonly tell: (moved: boolean) => void;
  /** Resolves at the next news, or those since the last time, with whether anything moved; after `ms` with false. */
  next(ms: number, signal: AbortSignal): Promise<boolean>;
}

function createNews(clock: Clock): News {
  let waiting: boolean | undefined;
  let wake: (() => void) | undefined;
  return {
    tell: (moved) => {
      waiting = (waiting ?? false) || moved;
      wake?.();
    },
    next: async (ms, signal) => {
      if (waiting === undefined) {
        const enough = new AbortController();
        wake = () => enough.abort();
        await clock.sleep(ms, AbortSignal.any([signal, enough.signal]));
        wake = undefined;
        enough.abort();
      }
      const moved = waiting ?? false;
      waiting = undefined;
      return moved;
    },
  };
}
