import type { Clock } from "../../core/clock.ts";
import type { RegistrationSettings } from "../../core/config/agent-file.ts";
import { type StoreFault, describeStoreFault } from "../../core/model/fault.ts";
import { type Result, err, ok } from "../../core/model/result.ts";
import type { ServiceCheck, ServiceRegistration, Store } from "../../core/store/port.ts";
import { createTurns } from "../appliers/turns.ts";
import { createSignalFlag } from "../loop/signal-flag.ts";
import type { Untold } from "../process/deps.ts";

export interface RegistrationDeps {
  readonly store: Store;
  readonly clock: Clock;
  readonly settings: RegistrationSettings;
  readonly service: string;
  readonly instance: string;
  readonly track: string;
  readonly onFault: (fault: StoreFault) => void;
}

export interface AnnouncedEndpoint {
  readonly version: string;
  readonly port: number | undefined;
}

export interface Registration {
  /**
   * Shows this endpoint in Consul's catalog in place of the former one. The first endpoint of an agent's life may wait
   * for an absent Consul (nothing depends on it yet); a later one must be shown before its predecessor goes.
   */
  announce(endpoint: AnnouncedEndpoint): Promise<Result<void, Untold>>;
  /** The same, without waiting for it: for what no client depends on. */
  showSoon(endpoint: AnnouncedEndpoint): void;
  /** Consul may have forgotten it, though its local agent says otherwise. */
  showAgain(): void;
  /** What is shown stays as it is, and isn't looked after any more, until something is announced again. */
  letGo(): void;
  /** Looks now and then whether the local Consul agent still has the registration, and registers it again. */
  run(signal: AbortSignal): Promise<void>;
  remove(signal: AbortSignal): Promise<void>;
}

/** Marks registrations as ours: what somebody else registered under the same id is never rewritten. */
const OWNER_META = "rollpin";
const LOOK_EVERY_MS = 60_000;
const RETRY_MS = 1_000;
/** A switch under way is not left half announced: the calls have time limits of their own. */
const NEVER = new AbortController().signal;
const LONGEST_SYNC_MS = 2_000;
/** While the catalog shows the former endpoint. */
const LONGEST_STALE_MS = 15_000;

export function createRegistration(deps: RegistrationDeps): Registration {
  const { store } = deps;
  const flag = createSignalFlag();
  /** A repair that began before an announcement must not land after it, with the endpoint before. */
  const inTurn = createTurns();
  let wanted: ServiceRegistration | undefined;
  let isShown = false;
  let isDoubted = false;

  const show = async (registration: ServiceRegistration, signal: AbortSignal): Promise<Result<void, Untold>> => {
    const present = await store.catalog.read(registration.id, { signal });
    if (!present.ok) return fault(deps, present.fault);
    if (present.value !== undefined && present.value.meta[OWNER_META] === undefined) {
      return err({ message: `Consul's catalog already has ${registration.id}, which rollpin did not register; choose another instance name, or set "register: false"`, isPassing: false });
    }
    const registered = await store.catalog.register(registration, { signal });
    if (!registered.ok) return fault(deps, registered.fault);
    const unread = await awaitCatalog(deps, registration, signal);
    return unread === undefined ? ok(undefined) : fault(deps, unread);
  };

  const want = (registration: ServiceRegistration, shown: boolean): void => {
    wanted = registration;
    isShown = shown;
    flag.raise();
  };

  const repair = async (signal: AbortSignal): Promise<void> => {
    if (wanted === undefined) return;
    const present = await store.catalog.read(wanted.id, { signal });
    if (!isDoubted && present.ok && present.value !== undefined && isSame(present.value, wanted)) isShown = true;
    else isShown = (await show(wanted, signal)).ok;
    isDoubted &&= !isShown;
  };

  const announce = async (endpoint: AnnouncedEndpoint): Promise<Result<void, Untold>> => {
    const registration = registrationFor(deps, endpoint);
    const isFirst = wanted === undefined;
    const shown = await show(registration, NEVER);
    if (!shown.ok && !isFirst) return shown;
    want(registration, shown.ok);
    return ok(undefined);
  };

  return {
    showSoon: (endpoint) => want(registrationFor(deps, endpoint), false),
    letGo: () => void (wanted = undefined),
    showAgain() {
      isDoubted = true;
      isShown = false;
      flag.raise();
    },
    announce: (endpoint) => inTurn(() => announce(endpoint)),
    async run(signal) {
      while (!signal.aborted) {
        await flag.wait(signal, isShown || wanted === undefined ? LOOK_EVERY_MS : RETRY_MS);
        if (!signal.aborted) await inTurn(() => repair(signal));
      }
    },
    remove: (signal) =>
      inTurn(async () => {
        if (wanted !== undefined) await store.catalog.deregister(wanted.id, { signal });
      }),
  };
}

function fault({ onFault }: RegistrationDeps, problem: StoreFault): Result<never, Untold> {
  onFault(problem);
  return err({ message: describeStoreFault(problem), isPassing: problem.kind !== "denied" });
}

/**
 * The local Consul agent takes a registration at once and tells the catalog on its own time. Clients read the catalog, so
 * nothing may be drained before it has changed: one that still sends them to the former endpoint is waited for longest,
 * over a slow road too. One that shows nothing (or may not be read) isn't waited for as long. Answers why it can't be read,
 * where Consul went away meanwhile: it may show the former endpoint when it is back.
 */
async function awaitCatalog({ clock, store }: RegistrationDeps, { id, port, service }: ServiceRegistration, signal: AbortSignal): Promise<StoreFault | undefined> {
  const startedAt = clock.monotonic();
  let pause = 5;
  for (;;) {
    const shown = await store.catalog.healthyInstance(service, id, { signal });
    if (shown.ok && shown.value?.port === (port ?? 0)) return undefined;
    const most = shown.ok && shown.value !== undefined ? LONGEST_STALE_MS : LONGEST_SYNC_MS;
    if (clock.monotonic() - startedAt >= most || signal.aborted) return shown.ok || shown.fault.kind === "denied" ? undefined : shown.fault;
    await clock.sleep(pause, signal);
    pause = Math.min(2 * pause, 200);
  }
}

function registrationFor({ instance, service, settings, track }: RegistrationDeps, endpoint: AnnouncedEndpoint): ServiceRegistration {
  const port = endpoint.port ?? settings.port;
  return {
    id: instance,
    service: settings.name ?? service,
    address: settings.address,
    port,
    tags: settings.tags,
    meta: { ...settings.meta, version: endpoint.version, track, [OWNER_META]: "1" },
    check: checkFor(settings, port),
  };
}

function checkFor({ address = "127.0.0.1", check }: RegistrationSettings, port: number | undefined): ServiceCheck | undefined {
  if (check === false || port === undefined) return undefined;
  const times = { intervalMs: check.interval, timeoutMs: check.timeout };
  return "http" in check ? { kind: "http", target: `http://${address}:${port}${check.http}`, ...times } : { kind: "tcp", target: `${address}:${port}`, ...times };
}

function isSame(present: { readonly port: number; readonly meta: Readonly<Record<string, string>> }, wanted: ServiceRegistration): boolean {
  return present.port === (wanted.port ?? 0) && present.meta["version"] === wanted.meta["version"];
}
