import { type Known, describeOddNeeds } from "../decide/group/describe-needs.ts";
import type { Release } from "../model/records.ts";
import { headKey, releasesFolder } from "../store/keys.ts";
import type { Store } from "../store/port.ts";

/**
 * What is odd about the needs of a release: services that aren't known, ranges that match nothing. A service that can't be
 * looked at is no matter: an agent's token sees its own service only.
 */
export async function lookAtNeeds(store: Store, service: string, release: Release, signal?: AbortSignal): Promise<readonly string[]> {
  const others = Object.keys(release.requires ?? {});
  const known = await Promise.all(others.map(async (other) => [other, await look(store, other, signal)] as const));
  return describeOddNeeds(service, release, new Map(known));
}

/** A key is asked for first: unlike a folder, it says so where it is denied. */
async function look(store: Store, service: string, signal: AbortSignal | undefined): Promise<Known> {
  const head = await store.get(headKey(service), { signal });
  if (!head.ok) return { kind: "unseen" };
  if (head.value === undefined) return { kind: "unknown" };
  const folder = releasesFolder(service);
  const keys = await store.keys(folder, { signal });
  return keys.ok ? { kind: "versions", versions: keys.value.map((key) => key.slice(folder.length)) } : { kind: "unseen" };
}
