/**
 * Whether failures start at the version that a service was moved to more than at its other version. Says so of no version
 * that wasn't moved to, and of none where a host, a database or the service as a whole is at fault.
 */
import type { Analyser } from "./analyser.ts";
import { compareErrors } from "../judge/compare-errors.ts";
import type { ErrorCounts } from "../judge/error-counts.ts";
import { boundShare } from "./bounds.ts";
import type { Hop } from "./outcome.ts";
import { type Counts, SPAN_MS, type Sum, WINDOW_MS } from "./tally.ts";

export interface ChainSuspect {
  readonly service: string;
  readonly version: string;
  readonly baseline: string | undefined;
  /** Milliseconds since 1970. */
  readonly since: number;
}

export interface ChainThresholds {
  /** Such as 0.99. */
  readonly confidence: number;
  readonly minSamples: number;
  /** The difference between shares of failures that counts. */
  readonly effect: number;
}

export type ChainCause =
  /** Failures start at this version. */
  | "version"
  /** Calls to a database fail at this version only. */
  | "queries"
  /** Since this version came, messages to the service stay unanswered. */
  | "unanswered"
  | "well"
  | "few-calls"
  | "nothing-to-compare"
  | "undecided"
  /** Not the version: one host, a database, or both versions alike. */
  | "host"
  | "database"
  | "alike";

export interface ChainVerdict {
  readonly cause: ChainCause;
  readonly suspect: Sum;
  readonly baseline: Sum | undefined;
  /** Whether the baseline served calls at the same time, rather than before. */
  readonly beside: boolean;
  readonly asked: Sum;
  readonly askedBefore: Sum;
  readonly host: string | undefined;
  readonly examples: readonly (readonly Hop[])[];
}

type Facts = Pick<Analyser, "asked" | "examples" | "lostShare" | "tally">;
type Field = "database" | "own";
type Judged = Omit<ChainVerdict, "cause" | "host">;
type Share = Pick<Counts, "calls" | "database" | "own" | "through">;

/** What was counted for a version, and what is left of it without the one host where most of the failures are. */
interface Healthy {
  readonly rest: Share;
  readonly sick: string | undefined;
}

interface Bar extends ChainThresholds {
  /** The share of records that are lost. */
  readonly lost: number;
}

export function judgeChain(analyser: Facts, suspect: ChainSuspect, thresholds: ChainThresholds, now: number): ChainVerdict {
  const { baseline, service, since, version } = suspect;
  const beyond = now + 2 * WINDOW_MS;
  const bar = { ...thresholds, lost: analyser.lostShare() };
  const own = analyser.tally.sum(service, version, since, beyond);
  const beside = baseline === undefined ? undefined : analyser.tally.sum(service, baseline, since, beyond);
  const isBeside = beside !== undefined && beside.calls >= thresholds.minSamples;
  const from = isBeside ? { from: since, to: beyond } : { from: since - SPAN_MS, to: since };
  const other = isBeside || baseline === undefined ? beside : analyser.tally.sum(service, baseline, from.from, from.to);
  const facts: Judged = {
    suspect: own,
    baseline: other,
    beside: isBeside,
    asked: analyser.asked.sum(service, "", since, beyond),
    // The window in which the change was made belongs to neither.
    askedBefore: analyser.asked.sum(service, "", since - SPAN_MS, since - WINDOW_MS),
    examples: analyser.examples(service, version),
  };
  const healthy = withoutSickHost(own, analyser.tally.hosts(service, version, since, beyond), bar);
  const sound = other === undefined || baseline === undefined ? undefined : withoutSickHost(other, analyser.tally.hosts(service, baseline, from.from, from.to), bar).rest;
  return { ...facts, host: healthy.sick, cause: determineCause(facts, healthy, sound, bar) };
}

function determineCause(facts: Judged, { rest, sick }: Healthy, sound: Share | undefined, bar: Bar): ChainCause {
  const { baseline, beside, suspect } = facts;
  if (isUnanswered(facts, bar)) return "unanswered";
  if (baseline === undefined || sound === undefined || baseline.calls < bar.minSamples) return "nothing-to-compare";
  if (suspect.calls < bar.minSamples) return "few-calls";
  if (isWorse(rest, sound, "own", bar)) return "version";
  if (isWorse(suspect, sound, "own", bar)) return sick === undefined ? "version" : "host";
  if (isWorse(rest, sound, "database", bar)) return beside ? "queries" : "database";
  return determineInnocence(suspect, baseline, bar);
}

/** Who should have answered isn't known by version, so what was before the change is what there is to compare with. */
function isUnanswered({ asked, askedBefore }: Judged, bar: Bar): boolean {
  return askedBefore.calls >= bar.minSamples && asked.calls >= bar.minSamples && isWorse(asked, askedBefore, "own", bar);
}

function determineInnocence(suspect: Share, baseline: Share, bar: Bar): ChainCause {
  const [own, other] = [boundOf(suspect, "own", bar), boundOf(baseline, "own", bar)];
  if (own.least > bar.effect && other.least > bar.effect) return "alike";
  if (boundOf(suspect, "database", bar).least > bar.effect) return "database";
  return own.most - other.least <= bar.effect + noise(suspect, bar) ? "well" : "undecided";
}

/** By more than the effect, and by more than lost records can make of failures further down. */
function isWorse(suspect: Share, baseline: Share, field: Field, bar: Bar): boolean {
  const settings = { confidence: bar.confidence, minSamples: 1, effect: Math.min(0.5, bar.effect + noise(suspect, bar)) };
  return compareErrors({ suspect: countsOf(suspect, field), baseline: countsOf(baseline, field) }, settings).says === "worse";
}

/** What failed by itself may not have come as far as its database. */
function countsOf(share: Share, field: Field): ErrorCounts {
  return { errors: share[field], requests: field === "own" ? share.calls : share.calls - share.own };
}

function boundOf(share: Share, field: Field, bar: Bar): ReturnType<typeof boundShare> {
  const { errors, requests } = countsOf(share, field);
  return boundShare(errors, requests, riskOf(bar));
}

/** Of the bounds that innocence is told by: two, each on one side. */
function riskOf({ confidence }: ChainThresholds): number {
  return (1 - confidence) / 2;
}

/** Where the record of a failed call is lost with that of who took it, the failure seems to start at the caller. */
function noise({ calls, through }: Share, { lost }: Bar): number {
  return calls === 0 ? 0 : (2 * lost * through) / calls;
}

/**
 * A host that fails more than the others of its version is no version's fault. Where there is one host only, the two can't
 * be told apart: what answered, if badly, is then taken for the version, and what is silent for the host.
 */
function withoutSickHost(all: Share, hosts: ReadonlyMap<string, Counts>, bar: Bar): Healthy {
  const [worst, ...others] = [...hosts].filter(([, { calls }]) => calls > 0).sort(([, a], [, b]) => b.own - a.own);
  if (worst === undefined) return { rest: all, sick: undefined };
  const [name, sick] = worst;
  const rest: Share = { calls: all.calls - sick.calls, own: all.own - sick.own, through: all.through - sick.through, database: all.database - sick.database };
  const isSick = others.length === 0 ? sick.silent * 2 > sick.own : isWorse(sick, rest, "own", bar);
  return isSick ? { rest, sick: name } : { rest: all, sick: undefined };
}
