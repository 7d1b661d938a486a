import { digestOf } from "../../core/decide/digest.ts";
import { type DesiredReading, readDesiredEntries } from "../../core/decide/desired-keys.ts";
import { type EffectiveState, determineEffective, normalisedState, versionsToLookUp } from "../../core/decide/effective.ts";
import { type DesiredKey, type DesiredState, NOTHING_DESIRED } from "../../core/model/desired.ts";
import type { Stored } from "../../core/model/facts.ts";
import { type Outcome, type StoreFault, describeStoreFault } from "../../core/model/fault.ts";
import { describeBadRecord, parseRecord } from "../../core/model/parse-record.ts";
import { type Head, revisionSchema, verdictSchema } from "../../core/model/records.ts";
import { type Result, err, ok } from "../../core/model/result.ts";
import { judgeRoutes } from "../../core/operations/judge-routes.ts";
import { headKey, historyKey, releaseKey, verdictKey } from "../../core/store/keys.ts";
import type { Entry, Store } from "../../core/store/port.ts";
import { type Remembered, type Self, consulIntent, restoredHold } from "./determine-intent.ts";
import type { HoldReason, Intent } from "./intent.ts";

/** Why a reading gave no intent: the former one stays, with this as its hold. `absent`: there is no head at all. */
export type Unresolved = { readonly kind: "hold"; readonly hold: HoldReason } | { readonly kind: "absent" };

export interface Resolved {
  readonly intent: Intent & { readonly kind: "consul" };
  /** Hand flips that are obeyed and not in history yet. */
  readonly flips: Flips | undefined;
  /** Versions that pins name and nobody registered, or somebody deleted. */
  readonly unregistered: readonly string[];
}

/** What adopting hand flips rests on. */
export interface Flips {
  readonly head: Stored<Head>;
  readonly desired: readonly DesiredKey[];
  readonly accepted: DesiredState;
  readonly effective: EffectiveState;
}

export interface IntentResolver {
  /** From what stands under `desired/<service>/` to what this instance means to run. */
  resolve(entries: readonly Entry[], remembered: Remembered | undefined, signal: AbortSignal): Promise<Result<Resolved, Unresolved>>;
}

/**
 * Only where the digest of what stands there isn't the head's are releases, verdicts and history looked at; what the
 * head accepted is obeyed without a further request, so one flip costs an agent one answer.
 */
export function createIntentResolver(store: Store, self: Self): IntentResolver {
  /** Releases are written once and never changed, so a version found once is registered for good. */
  const registered = new Set<string>();

  return {
    async resolve(entries, remembered, signal) {
      const reading = readDesiredEntries(self.service, entries);
      if (reading.head === undefined) return err({ kind: "absent" });
      if (!reading.head.ok) return err({ kind: "hold", hold: { code: "bad-head", message: `${store.prefix}/${describeBadRecord(reading.head.fault)}; this instance holds what it runs` } });
      const stored = reading.head.value;
      const head = stored.value;
      const restored = restoredHold(head, remembered, `${store.prefix}/${headKey(self.service)}`, self.service);
      if (restored !== undefined) return err({ kind: "hold", hold: restored });
      const judged = await judge(store, self, { head, reading, remembered, registered, signal });
      if (!judged.ok) return err({ kind: "hold", hold: unreadable(judged.fault) });
      const { accepted, desired, effective, unregistered } = judged.value;
      const flips = effective.flipped.length === 0 ? undefined : { head: stored, desired, accepted, effective };
      return ok({ intent: consulIntent(head, effective, self), flips, unregistered });
    },
  };
}

/** What was applied under this very head, flips that aren't in history yet included. A newer head says what is accepted, and they don't count any more. */
function obeyedUnder(head: Head, remembered: Remembered | undefined): DesiredState | undefined {
  return remembered?.revision === head.revision && remembered.plan === head.plan ? remembered.state : undefined;
}

interface Evidence {
  readonly head: Head;
  readonly reading: DesiredReading;
  readonly remembered: Remembered | undefined;
  readonly registered: Set<string>;
  readonly signal: AbortSignal;
}

interface Judged {
  readonly accepted: DesiredState;
  readonly desired: readonly DesiredKey[];
  readonly effective: EffectiveState;
  readonly unregistered: readonly string[];
}

async function judge(store: Store, self: Self, input: Evidence): Promise<Outcome<Judged>> {
  const { head, reading, registered, remembered, signal } = input;
  const state = normalisedState(reading.keys);
  if (state !== undefined && digestOf(state) === head.digest) {
    return ok({ accepted: state, desired: reading.keys, effective: { state, refused: [], flipped: [], overrides: [] }, unregistered: [] });
  }

  const accepted = await acceptedState(store, self, input);
  if (!accepted.ok) return accepted;
  const condemned = new Set<string>();
  const versions = versionsToLookUp(accepted.value, reading.keys);
  for (const version of versions) {
    const looked = await lookUp(store, self.service, version, { registered, condemned, signal });
    if (!looked.ok) return looked;
  }
  const desired = await judgeRoutes(reading.keys, accepted.value);
  const effective = determineEffective({
    service: self.service,
    prefix: store.prefix,
    accepted: accepted.value,
    obeyed: obeyedUnder(head, remembered),
    desired,
    isRegistered: (version) => registered.has(version),
    isCondemned: (version) => condemned.has(version),
  });
  return ok({ accepted: accepted.value, desired, effective, unregistered: versions.filter((version) => !registered.has(version)) });
}

/** What the head's revision accepted: from memory where its digest is the head's, else from history. */
async function acceptedState(store: Store, self: Self, { head, remembered, signal }: Evidence): Promise<Outcome<DesiredState>> {
  if (head.revision === 0) return ok(NOTHING_DESIRED);
  if (remembered !== undefined && digestOf(remembered.state) === head.digest) return ok(remembered.state);
  const key = historyKey(self.service, head.revision);
  const entry = await store.get(key, { signal });
  if (!entry.ok) return entry;
  if (entry.value === undefined) return err({ kind: "bad-answer", operation: "get", key: `${store.prefix}/${key}`, cause: "the history entry of the head's revision is missing" });
  const parsed = parseRecord(revisionSchema, key, entry.value.value);
  return parsed.ok ? ok(parsed.value.after) : err({ kind: "bad-answer", operation: "get", key: `${store.prefix}/${key}`, cause: parsed.fault.problems.join("; ") });
}

interface LookUp {
  readonly registered: Set<string>;
  readonly condemned: Set<string>;
  readonly signal: AbortSignal;
}

async function lookUp(store: Store, service: string, version: string, { registered, condemned, signal }: LookUp): Promise<Outcome<void>> {
  if (!registered.has(version)) {
    const release = await store.get(releaseKey(service, version), { signal });
    if (!release.ok) return release;
    if (release.value !== undefined) registered.add(version);
  }
  const verdict = await store.get(verdictKey(service, version), { signal });
  if (!verdict.ok) return verdict;
  if (verdict.value === undefined) return ok(undefined);
  const parsed = parseRecord(verdictSchema, verdict.value.key, verdict.value.value);
  // A verdict that can't be read is taken for the worse one.
  if (!parsed.ok || parsed.value.verdict === "condemned") condemned.add(version);
  return ok(undefined);
}

function unreadable(fault: StoreFault): HoldReason {
  return { code: fault.kind, message: `${describeStoreFault(fault)}; this instance holds what it runs and looks again` };
}
