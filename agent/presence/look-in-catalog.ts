import type { StoreFault } from "../../core/model/fault.ts";
import type { Catalog } from "../../core/store/port.ts";
import { type CatalogEntry, isSameEndpoint } from "./catalog-entry.ts";

export type Finding =
  | { readonly kind: "as-told" | "unregistered" }
  /** The catalog shows nothing of it that passes, or something that was told long ago. */
  | { readonly kind: "not-shown" | "outdated" }
  | { readonly kind: "unknown"; readonly fault: StoreFault };

/** What the local Consul agent has of the instance, and, where that is asked for, whether clients are told the same. */
export async function lookInCatalog(catalog: Catalog, entry: CatalogEntry, asksCatalog: boolean, signal: AbortSignal): Promise<Finding> {
  const { id, service } = entry.registration;
  const present = await catalog.read(id, { signal });
  if (!present.ok) return { kind: "unknown", fault: present.fault };
  if (present.value === undefined || !isSameEndpoint(present.value, entry)) return { kind: "unregistered" };
  if (entry.load?.isKeptBack === true || entry.off?.why !== undefined) {
    // A person may have ended it.
    const maintenance = await catalog.maintenance(id, { signal });
    if (!maintenance.ok) return { kind: "unknown", fault: maintenance.fault };
    if (maintenance.value === undefined) return { kind: "unregistered" };
  }
  if (!asksCatalog) return { kind: "as-told" };
  // Of a leader that proves it leads: others may still read a log of long ago.
  const shown = await catalog.healthyInstance(service, id, { signal, consistency: "consistent" });
  if (!shown.ok) return { kind: "unknown", fault: shown.fault };
  if (shown.value === undefined) return { kind: "not-shown" };
  return { kind: isSameEndpoint(shown.value, entry) ? "as-told" : "outdated" };
}
