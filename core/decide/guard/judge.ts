import { parseIsoTime } from "../../clock.ts";
import type { Reading, Suspect } from "../../model/reading.ts";

/** What is known of the suspect besides its readings. */
export interface JudgeFacts {
  readonly suspect: Pick<Suspect, "service" | "version" | "since">;
  /** The change to it went back already: a rollback, or the undo of a step forward. */
  readonly wentBack?: boolean | undefined;
}

export type Finding =
  /** Every signal says good. */
  | { readonly kind: "well"; readonly summary: string }
  /** `signals`: those that accuse the suspect, in the order of their names. */
  | { readonly kind: "bad"; readonly signals: readonly string[]; readonly since?: string | undefined; readonly summary: string }
  /** Something is wrong, and going back would not help. */
  | { readonly kind: "not-the-release"; readonly why: "before-the-change" | "every-version" | "after-going-back"; readonly signals: readonly string[]; readonly summary: string }
  /** Nothing is known to be wrong, and not all signals can be asked. */
  | { readonly kind: "no-data"; readonly signals: readonly string[]; readonly summary: string };

/** Clocks of hosts agree to about this, and what is measured in windows begins a little early. */
const SLACK_MS = 2_000;

/**
 * Joins readings, by the names that the policy gives to signals. What says bad accuses the suspect unless the symptom began
 * before the change, or every version fails as much. Where one says that and none says the opposite, it is not the release:
 * what can't tell versions apart, such as an alert, is no evidence against that.
 */
export function judge(readings: Readonly<Record<string, Reading>>, { suspect, wentBack = false }: JudgeFacts): Finding {
  const all = Object.entries(readings).sort(([a], [b]) => (a < b ? -1 : 1));
  const bad = all.filter(([, { says }]) => says === "bad");
  if (bad.length === 0) return withoutAccuser(all);
  const later = bad.filter(([, { since }]) => since === undefined || parseIsoTime(since) >= parseIsoTime(suspect.since) - SLACK_MS);
  if (later.length === 0) return { kind: "not-the-release", why: "before-the-change", signals: namesOf(bad), summary: `${say(bad)}; it began before ${suspect.service} was moved to ${suspect.version} at ${suspect.since}, so that change is not the cause` };
  const isAlike = later.some(([, { alike }]) => alike === true) && !later.some(([, { alike }]) => alike === false);
  if (isAlike) return { kind: "not-the-release", why: "every-version", signals: namesOf(later), summary: `${say(later)}; other versions of ${suspect.service} fail as much, so going back from ${suspect.version} would not help` };
  if (wentBack) return { kind: "not-the-release", why: "after-going-back", signals: namesOf(later), summary: `${say(later)}; ${suspect.service} was put back to ${suspect.version} at ${suspect.since} already, and it did not help` };
  const accusing = later.filter(([, { alike }]) => alike !== true);
  const since = accusing.flatMap(([, reading]) => reading.since ?? []).sort()[0];
  return { kind: "bad", signals: namesOf(accusing), ...(since === undefined ? {} : { since }), summary: say(accusing) };
}

type Named = readonly [string, Reading];

function withoutAccuser(all: readonly Named[]): Finding {
  const silent = all.filter(([, { says }]) => says === "no-data");
  if (all.length === 0) return { kind: "no-data", signals: [], summary: "the policy names no signal" };
  return silent.length === 0 ? { kind: "well", summary: say(all) } : { kind: "no-data", signals: namesOf(silent), summary: say(silent) };
}

function namesOf(named: readonly Named[]): readonly string[] {
  return named.map(([name]) => name);
}

function say(named: readonly Named[]): string {
  return named.map(([name, { summary }]) => `${name}: ${summary}`).join("; ");
}
