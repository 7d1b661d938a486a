import type { RegistrationSettings } from "../../core/config/agent-file.ts";
import { isMarkedOff } from "../../core/store/kept-back.ts";
import { KEPT_BACK_MARK, NEUTRAL_WEIGHT, OFF_MARK, type RegisteredService, type ServiceCheck, type ServiceRegistration } from "../../core/store/port.ts";

/** What names the instance in the catalog, whatever it runs. */
export interface EntryOwner {
  readonly settings: RegistrationSettings;
  readonly service: string;
  readonly instance: string;
  readonly track: string;
}

export interface AnnouncedEndpoint {
  readonly version: string;
  readonly port: number | undefined;
}

/** How much of what clients send is asked for. */
export interface Load {
  /** 1 to 65535, relative to the other instances'. */
  readonly weight: number;
  /** Nobody is to be sent here: Consul takes no weight of 0, so the instance is in maintenance. */
  readonly isKeptBack: boolean;
  /** Beside those of the agent's file. */
  readonly tags: readonly string[];
}

/** As an instance without routes asks for it. */
export const NEUTRAL_LOAD: Load = { weight: NEUTRAL_WEIGHT, isKeptBack: false, tags: [] };

/** Whether it takes traffic at all, whatever is asked for: `why` it doesn't, undefined where it does. */
export interface Off {
  readonly why: string | undefined;
}

/** What is told to the catalog. */
export interface CatalogEntry {
  readonly registration: ServiceRegistration;
  /** Undefined: whatever it asks for already, since nobody knows better yet. */
  readonly load: Load | undefined;
  /** The same. */
  readonly off: Off | undefined;
}

/** Marks registrations as ours. */
const MARK = "rollpin";
/** In meta: that they are there is all they say. */
const MARKED = "1";

export function entryFor({ instance, service, settings, track }: EntryOwner, endpoint: AnnouncedEndpoint, { load, off }: Pick<CatalogEntry, "load" | "off">): CatalogEntry {
  const port = endpoint.port ?? settings.port;
  const registration = {
    id: instance,
    service: settings.name ?? service,
    address: settings.address,
    port,
    tags: settings.tags,
    meta: { ...settings.meta, version: endpoint.version, track },
    check: checkFor(settings, port),
  };
  return { registration, load, off };
}

function checkFor({ address = "127.0.0.1", check }: RegistrationSettings, port: number | undefined): ServiceCheck | undefined {
  if (check === false || port === undefined) return undefined;
  const times = { intervalMs: check.interval, timeoutMs: check.timeout };
  return "http" in check ? { kind: "http", target: `http://${address}:${port}${check.http}`, ...times } : { kind: "tcp", target: `${address}:${port}`, ...times };
}

/** Whether clients are sent where they should be. */
export function isSamePlace(present: Pick<RegisteredService, "port">, { registration }: CatalogEntry): boolean {
  return present.port === (registration.port ?? 0);
}

export function isSameEndpoint(present: Pick<RegisteredService, "port" | "meta" | "tags" | "weight">, entry: CatalogEntry): boolean {
  return isSamePlace(present, entry) && present.meta["version"] === entry.registration.meta["version"] && isOffAsTold(present, entry) && asksFor(present, entry);
}

function isOffAsTold(present: Pick<RegisteredService, "meta">, { off }: CatalogEntry): boolean {
  return off === undefined || isOff(present) === (off.why !== undefined);
}

/** Whether it asks for as much as it should. */
function asksFor(present: Pick<RegisteredService, "meta" | "tags" | "weight">, { load, registration: { tags = [] } }: CatalogEntry): boolean {
  if (load === undefined) return true;
  return (present.weight ?? NEUTRAL_WEIGHT) === load.weight && isKeptBack(present) === load.isKeptBack && JSON.stringify(present.tags) === JSON.stringify([...tags, ...load.tags]);
}

export function isOurs({ meta }: Pick<RegisteredService, "meta">): boolean {
  return meta[MARK] !== undefined;
}

/** Whether routes send nothing to it. */
function isKeptBack({ meta }: Pick<RegisteredService, "meta">): boolean {
  return meta[KEPT_BACK_MARK] !== undefined;
}

/** Whether it can't read its data. */
export function isOff({ meta }: Pick<RegisteredService, "meta">): boolean {
  return isMarkedOff(meta);
}

/** Whether its maintenance, if it is in one, is of our making. */
export function isHeld(service: Pick<RegisteredService, "meta">): boolean {
  return isKeptBack(service) || isOff(service);
}

/** The same registration with the marks of a former one, so that what these say goes on. */
export function withMarksOf(registration: ServiceRegistration, { meta }: Pick<RegisteredService, "meta">): ServiceRegistration {
  const marks = [KEPT_BACK_MARK, OFF_MARK].flatMap((name) => (meta[name] === undefined ? [] : [[name, MARKED] as const]));
  return { ...registration, meta: { ...registration.meta, ...Object.fromEntries(marks) } };
}

/**
 * As it is registered. With another mark than what Consul's agent has, where it must tell the catalog once more: newer ones tell
 * nothing where they are given what they have already, whatever the catalog shows (Consul: agent/local, setServiceStateLocked).
 */
export function marked({ load, off, registration }: CatalogEntry, present: RegisteredService | undefined, isToldAnew: boolean): ServiceRegistration {
  const mark = present?.meta[MARK] ?? MARKED;
  const { isKeptBack: isKept, tags, weight } = load ?? loadOf(present, registration);
  const takesNone = off === undefined ? present !== undefined && isOff(present) : off.why !== undefined;
  const meta = { ...registration.meta, [MARK]: isToldAnew ? otherThan(mark) : mark, ...(isKept ? { [KEPT_BACK_MARK]: MARKED } : {}), ...(takesNone ? { [OFF_MARK]: MARKED } : {}) };
  return { ...registration, tags: [...(registration.tags ?? []), ...tags], weight, meta };
}

function loadOf(present: RegisteredService | undefined, { tags = [] }: ServiceRegistration): Load {
  if (present === undefined) return NEUTRAL_LOAD;
  return { weight: present.weight ?? NEUTRAL_WEIGHT, isKeptBack: isKeptBack(present), tags: present.tags.filter((tag) => !tags.includes(tag)) };
}

function otherThan(mark: string): string {
  return mark === MARKED ? "2" : MARKED;
}
