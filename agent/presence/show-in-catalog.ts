import type { Clock } from "../../core/clock.ts";
import { type Outcome, type StoreFault, describeStoreFault } from "../../core/model/fault.ts";
import { type Result, err, ok } from "../../core/model/result.ts";
import { type Catalog, type Endpoint, KEPT_BACK, type RegisteredService, type ServiceRegistration, type Store } from "../../core/store/port.ts";
import type { Untold } from "../process/deps.ts";
import { type CatalogEntry, isHeld, isOff, isOurs, isSamePlace, marked, withMarksOf } from "./catalog-entry.ts";

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
    if (registered.value.isHeld) return ok(undefined);
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
  const told = await tell(deps, { wanted, reason: reasonOf(entry, wanted) }, present.value, signal);
  return told.ok ? ok({ isHeld: isHeld(wanted) }) : untold(deps, told.fault);
}

export interface Registered {
  /** Clients aren't shown it. */
  readonly isHeld: boolean;
}

interface Telling {
  readonly wanted: ServiceRegistration;
  /** Of a maintenance of ours. */
  readonly reason: string;
}

function reasonOf({ off }: CatalogEntry, { meta, service }: ServiceRegistration): string {
  return `${KEPT_BACK}${off?.why ?? `the routes of ${service} send nothing to ${meta["version"] ?? "this instance"}`}`;
}

/**
 * The mark that a maintenance is ours is there before it and goes after it, so that whoever finds it knows whose it is. One that
 * a person set is left alone, and outlives the registration. One that was off is found again under its new version only.
 */
async function tell({ store: { catalog } }: CatalogDeps, { reason, wanted }: Telling, present: RegisteredService | undefined, signal: AbortSignal): Promise<Outcome<void>> {
  const wasHeld = present !== undefined && isHeld(present);
  const maintenance = present === undefined || (wanted.check !== undefined && !wasHeld) ? ok(undefined) : await catalog.maintenance(wanted.id, { signal });
  if (!maintenance.ok) return maintenance;
  if (present !== undefined && isToBeEnded(present, wanted) && maintenance.value?.startsWith(KEPT_BACK) === true) {
    const ended = await endMaintenance(catalog, wanted, present, signal);
    if (!ended.ok) return ended;
  }
  // Of ours one check at most is there: a new one takes the former's place.
  const keepsChecks = wanted.check !== undefined || maintenance.value !== undefined;
  const registered = await catalog.register(wanted, { signal, keepsChecks });
  return !registered.ok || !isHeld(wanted) ? registered : catalog.maintain(wanted.id, reason, { signal });
}

/** Also where it takes nothing for another reason from now on: a maintenance keeps the reason that it was begun with. */
function isToBeEnded(present: RegisteredService, wanted: ServiceRegistration): boolean {
  return isHeld(present) && (!isHeld(wanted) || (isOff(present) && !isOff(wanted)));
}

async function endMaintenance(catalog: Catalog, wanted: ServiceRegistration, present: RegisteredService, signal: AbortSignal): Promise<Outcome<void>> {
  const moved = isOff(present) ? await catalog.register(withMarksOf(wanted, present), { signal, keepsChecks: true }) : ok(undefined);
  return moved.ok ? catalog.maintain(wanted.id, undefined, { signal }) : moved;
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
