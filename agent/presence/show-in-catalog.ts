import type { Clock } from "../../core/clock.ts";
import { type Outcome, type StoreFault, describeStoreFault } from "../../core/model/fault.ts";
import { type Result, err, ok } from "../../core/model/result.ts";
import { type Endpoint, KEPT_BACK, type RegisteredService, type ServiceRegistration, type Store } from "../../core/store/port.ts";
import type { Untold } from "../process/deps.ts";
import { type CatalogEntry, isKeptBack, isOurs, isSamePlace, marked } from "./catalog-entry.ts";

export interface CatalogDeps {
  readonly store: Store;
  readonly clock: Clock;
  readonly onFault: (fault: StoreFault) => void;
}

export interface RegisterOptions {
  readonly signal: AbortSignal;
  /** The catalog may have lost what Consul's agent believes to have told it. */
  readonly isToldAnew: boolean;
}

/** Consul's agent tells the catalog within this, or is told once more. */
const LONGEST_SYNC_MS = 2_000;
/** While the catalog shows the former endpoint. */
const LONGEST_STALE_MS = 15_000;

/**
 * Registers, and waits until clients find it. The local Consul agent takes a registration at once and tells the catalog on its
 * own time. Clients read the catalog, so nothing may be drained before it has changed: one that still sends them to the former
 * endpoint is waited for longest, over a slow road too, and told again (a snapshot may have put it back meanwhile). One that
 * shows nothing (or may not be read) isn't waited for as long. Fails where Consul went away meanwhile: it may show the former
 * endpoint when it is back. Nobody finds one that is kept back, so there is nothing to wait for.
 */
export async function showInCatalog(deps: CatalogDeps, entry: CatalogEntry, signal: AbortSignal): Promise<Result<void, Untold>> {
  const { clock } = deps;
  const startedAt = clock.monotonic();
  for (let isToldAnew = false; ; isToldAnew = true) {
    const registered = await register(deps, entry, { isToldAnew, signal });
    if (!registered.ok) return registered;
    if (registered.value.isKeptBack) return ok(undefined);
    const shown = await awaitCatalog(deps, entry, signal);
    if (!shown.ok) return shown.fault.kind === "denied" ? ok(undefined) : untold(deps, shown.fault);
    if (shown.value === undefined || isSamePlace(shown.value, entry)) return ok(undefined);
    if (clock.monotonic() - startedAt >= LONGEST_STALE_MS || signal.aborted) return ok(undefined);
  }
}

/** Tells the local Consul agent, and waits for nothing more. What somebody else registered under the same id is never rewritten. */
export async function register(deps: CatalogDeps, entry: CatalogEntry, { isToldAnew, signal }: RegisterOptions): Promise<Result<Registered, Untold>> {
  const { catalog } = deps.store;
  const { id } = entry.registration;
  const present = await catalog.read(id, { signal });
  if (!present.ok) return untold(deps, present.fault);
  if (present.value !== undefined && !isOurs(present.value)) {
    return err({ message: `Consul's catalog already has ${id}, which rollpin did not register; choose another instance name, or set "register: false"`, isPassing: false });
  }
  const wanted = marked(entry, present.value, isToldAnew);
  const told = await tell(deps, wanted, present.value, signal);
  return told.ok ? ok({ isKeptBack: isKeptBack(wanted) }) : untold(deps, told.fault);
}

export interface Registered {
  /** Clients aren't shown it. */
  readonly isKeptBack: boolean;
}

/**
 * The mark that a maintenance is ours is there before it and goes after it, so that whoever finds it knows whose it is. One that
 * a person set is left alone, and outlives the registration.
 */
async function tell({ store: { catalog } }: CatalogDeps, wanted: ServiceRegistration, present: RegisteredService | undefined, signal: AbortSignal): Promise<Outcome<void>> {
  const wasKept = present !== undefined && isKeptBack(present);
  const maintenance = present === undefined || (wanted.check !== undefined && !wasKept) ? ok(undefined) : await catalog.maintenance(wanted.id, { signal });
  if (!maintenance.ok) return maintenance;
  const isKept = isKeptBack(wanted);
  if (wasKept && !isKept && maintenance.value?.startsWith(KEPT_BACK) === true) {
    const ended = await catalog.maintain(wanted.id, undefined, { signal });
    if (!ended.ok) return ended;
  }
  // Of ours one check at most is there: a new one takes the former's place.
  const keepsChecks = wanted.check !== undefined || maintenance.value !== undefined;
  const registered = await catalog.register(wanted, { signal, keepsChecks });
  if (!registered.ok || !isKept) return registered;
  return catalog.maintain(wanted.id, `${KEPT_BACK}the routes of ${wanted.service} send nothing to ${wanted.meta["version"] ?? "this instance"}`, { signal });
}

/** What clients are told of the instance when it is what they should be told, or time is up. */
async function awaitCatalog({ clock, store }: CatalogDeps, entry: CatalogEntry, signal: AbortSignal): Promise<Outcome<Endpoint | undefined>> {
  const startedAt = clock.monotonic();
  let pause = 5;
  for (;;) {
    const shown = await store.catalog.healthyInstance(entry.registration.service, entry.registration.id, { signal });
    if (shown.ok && shown.value !== undefined && isSamePlace(shown.value, entry)) return shown;
    if (clock.monotonic() - startedAt >= LONGEST_SYNC_MS || signal.aborted) return shown;
    await clock.sleep(pause, signal);
    pause = Math.min(2 * pause, 200);
  }
}

function untold({ onFault }: CatalogDeps, problem: StoreFault): Result<never, Untold> {
  onFault(problem);
  return err({ message: describeStoreFault(problem), isPassing: problem.kind !== "denied" });
}
