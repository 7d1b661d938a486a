import type { RegistrationSettings } from "../../core/config/agent-file.ts";
import type { RegisteredService, ServiceCheck, ServiceRegistration } from "../../core/store/port.ts";

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

/** Marks registrations as ours. */
const MARK = "rollpin";

export function entryFor({ instance, service, settings, track }: EntryOwner, endpoint: AnnouncedEndpoint): ServiceRegistration {
  const port = endpoint.port ?? settings.port;
  return {
    id: instance,
    service: settings.name ?? service,
    address: settings.address,
    port,
    tags: settings.tags,
    meta: { ...settings.meta, version: endpoint.version, track },
    check: checkFor(settings, port),
  };
}

function checkFor({ address = "127.0.0.1", check }: RegistrationSettings, port: number | undefined): ServiceCheck | undefined {
  if (check === false || port === undefined) return undefined;
  const times = { intervalMs: check.interval, timeoutMs: check.timeout };
  return "http" in check ? { kind: "http", target: `http://${address}:${port}${check.http}`, ...times } : { kind: "tcp", target: `${address}:${port}`, ...times };
}

/** Whether clients are sent where they should be. */
export function isSamePlace(present: Pick<RegisteredService, "port">, wanted: ServiceRegistration): boolean {
  return present.port === (wanted.port ?? 0);
}

export function isSameEndpoint(present: Pick<RegisteredService, "port" | "meta">, wanted: ServiceRegistration): boolean {
  return isSamePlace(present, wanted) && present.meta["version"] === wanted.meta["version"];
}

export function isOurs({ meta }: RegisteredService): boolean {
  return meta[MARK] !== undefined;
}

/**
 * With another mark than what Consul's agent has, where it must tell the catalog once more: newer ones tell nothing where they
 * are given what they have already, whatever the catalog shows (Consul: agent/local, setServiceStateLocked).
 */
export function marked(entry: ServiceRegistration, present: RegisteredService | undefined, isToldAnew: boolean): ServiceRegistration {
  const mark = present?.meta[MARK] ?? "1";
  return { ...entry, meta: { ...entry.meta, [MARK]: isToldAnew ? otherThan(mark) : mark } };
}

function otherThan(mark: string): string {
  return mark === "1" ? "2" : "1";
}
