import { canonical, digestOf } from "../decide/digest.ts";
import { isoTime } from "../clock.ts";
import { NOTHING_DESIRED } from "../model/desired.ts";
import type { Stored } from "../model/facts.ts";
import type { Outcome, StoreFault } from "../model/fault.ts";
import { isImported } from "../model/imported-release.ts";
import type { Release } from "../model/records.ts";
import { type Result, err, ok } from "../model/result.ts";
import { headKey, releaseKey } from "../store/keys.ts";
import type { Entry, Operation, Store } from "../store/port.ts";
import { readReleases } from "./read-records.ts";

export type RegisterFault =
  /** The version is registered with other content, which is never changed. `existing` is undefined where it can't be read. */
  | { readonly kind: "different"; readonly existing: Stored<Release> | undefined; readonly message: string }
  | StoreFault;

export interface RegisterOptions {
  readonly signal?: AbortSignal | undefined;
  /** Signs the head, where this makes it. */
  readonly by: string;
  /** By this host's clock, milliseconds since the epoch. */
  readonly now: number;
}

/** Many agents of one service register the same release at once; whoever loses reads what the winner wrote. */
const TRIES = 8;

/**
 * Registers a release, create-once: the same content again is no error, other content is. Makes the service known in the
 * same transaction where it isn't yet. An unknown outcome is settled by reading, so the answer can be believed.
 */
export async function registerRelease(store: Store, service: string, release: Release, options: RegisterOptions): Promise<Result<"created" | "same", RegisterFault>> {
  const key = releaseKey(service, release.version);
  let wrote = false;
  let last: StoreFault | undefined;
  for (let attempt = 0; attempt < TRIES; attempt += 1) {
    const seen = await look(store, service, key, options.signal);
    if (!seen.ok) return seen;
    const { existing, headMissing } = seen.value;
    if (existing !== undefined && !isSame(existing, release) && !isPlaceholder(existing)) return err(different(store, service, release, existing));
    const operations = missing(service, release, existing, headMissing, { ...options, now: options.now + store.clockOffsetMs() });
    if (operations.length === 0) return ok(wrote ? "created" : "same");
    const done = await store.transact(operations, { signal: options.signal });
    if (done.ok) return ok(existing === undefined || wrote ? "created" : "same");
    last = done.fault;
    if (last.kind !== "conflict" && last.kind !== "unknown-outcome") return err(last);
    // Where the outcome is unknown, finding it written means that we (or an equal) wrote it.
    wrote ||= last.kind === "unknown-outcome" && existing === undefined;
  }
  return err(last ?? { kind: "aborted", operation: "register" });
}

interface Seen {
  readonly existing: Entry | undefined;
  readonly headMissing: boolean;
}

async function look(store: Store, service: string, key: string, signal: AbortSignal | undefined): Promise<Outcome<Seen>> {
  const [existing, head] = await Promise.all([store.get(key, { signal }), store.get(headKey(service), { signal })]);
  if (!existing.ok) return existing;
  if (!head.ok) return head;
  return ok({ existing: existing.value, headMissing: head.value === undefined });
}

function missing(service: string, release: Release, existing: Entry | undefined, needsHead: boolean, { by, now }: RegisterOptions): readonly Operation[] {
  const value = JSON.stringify(release);
  const head = { revision: 0, digest: digestOf(NOTHING_DESIRED), at: isoTime(now), by };
  return [
    ...(needsHead ? [{ kind: "create", key: headKey(service), value: JSON.stringify(head) } as const] : []),
    ...(existing === undefined ? [{ kind: "create", key: releaseKey(service, release.version), value } as const] : []),
    ...(existing === undefined || isSame(existing, release) ? [] : [{ kind: "replace", key: existing.key, value, modifyIndex: existing.modifyIndex } as const]),
  ];
}

function isPlaceholder(existing: Entry): boolean {
  const [found] = readReleases([existing]).good;
  return found !== undefined && isImported(found[1].value);
}

function isSame(existing: Entry, release: Release): boolean {
  const [found] = readReleases([existing]).good;
  return found !== undefined && canonical({ ...found[1].value }) === canonical({ ...release });
}

function different(store: Store, service: string, release: Release, existing: Entry): RegisterFault {
  const [found] = readReleases([existing]).good;
  const differing = found === undefined ? ["it can't be read"] : differingFields(found[1].value, release);
  const message = `${store.prefix}/${existing.key} is registered with other content (${differing.join("; ")}), and a release never changes: register it under a new version, or look with "rollpin release show ${service} ${release.version}"`;
  return { kind: "different", existing: found?.[1], message };
}

function differingFields(there: Release, given: Release): readonly string[] {
  const fields = new Set([...Object.keys(there), ...Object.keys(given)] as (keyof Release)[]);
  return [...fields].flatMap((field) => {
    const [was, is] = [canonical(there[field]), canonical(given[field])];
    return was === is ? [] : [`${field}: there ${was}, given ${is}`];
  });
}
