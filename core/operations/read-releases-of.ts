import type { Stored } from "../model/facts.ts";
import type { Outcome } from "../model/fault.ts";
import type { Release } from "../model/records.ts";
import { ok } from "../model/result.ts";
import { releaseKey } from "../store/keys.ts";
import type { Entry, ReadOptions, Store } from "../store/port.ts";
import { readReleases } from "./read-records.ts";

/** The releases of these versions, each read by itself: few of what may be many. What isn't registered, or can't be read, is left out. */
export async function readReleasesOf(store: Pick<Store, "get">, service: string, versions: readonly string[], options: ReadOptions): Promise<Outcome<ReadonlyMap<string, Stored<Release>>>> {
  const found: Entry[] = [];
  for (const entry of await Promise.all(versions.map((version) => store.get(releaseKey(service, version), options)))) {
    if (!entry.ok) return entry;
    if (entry.value !== undefined) found.push(entry.value);
  }
  return ok(new Map(readReleases(found).good));
}
