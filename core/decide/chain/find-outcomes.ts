/**
 * Finds where in one trace failures start: at the deepest failing call whose own calls all went well. Each entry is
 * judged by itself, whether or not what failed there is seen further up. Retries are neither more calls nor more failures:
 * the first try counts for who served it, the last for who called.
 */
import type { Span } from "../../model/span.ts";
import { createCutOffs } from "./cut-off.ts";
import type { JoinedTrace } from "./join-trace.ts";
import type { Hop, Outcome, OutcomeKind } from "./outcome.ts";
import { findTries } from "./find-tries.ts";
import { type CallWent, type Weighing, weighCall, weighMessage } from "./weigh-calls.ts";

/** What was learned from other traces of who is behind a name. */
export interface Known {
  /** The one service that takes messages from a queue. */
  consumerOf(queue: string): string | undefined;
  /** The one instance that answers at an address. */
  instanceAt(address: string): { readonly service: string; readonly version: string; readonly host: string | undefined } | undefined;
}

export interface Found {
  readonly outcomes: readonly Outcome[];
  /** Messages that had to be answered, by who had to. */
  readonly asked: readonly Asked[];
  /** A record that would change it may be on its way. */
  readonly isIncomplete: boolean;
  /** The last deadline that is still to pass. */
  readonly waitsUntil: number | undefined;
}

export interface Asked {
  readonly service: string;
  readonly at: number;
  readonly answered: boolean;
}

const MOST_HOPS = 16;
/** Orphans that are given a place where they may belong; the rest are left. */
const MOST_ADOPTED = 64;

export function findOutcomes(trace: JoinedTrace, known: Known, now: number): Found {
  const { spans } = trace;
  if (wentWell(spans)) return { outcomes: trace.entries.map((entry) => outcome(entry, "well")), asked: [], isIncomplete: trace.orphans.length > 0, waitsUntil: undefined };
  const weighing: Weighing = { trace, now, cutOff: createCutOffs(trace) };
  const adopted = adoptOrphans(trace);
  const retries = findRetries(trace);
  const counted = trace.entries.filter((entry) => !isRetried(trace, retries, entry));
  const judged = counted.map((entry) => judgeEntry(entry, weighing, adopted));
  const messages = [...spans.values()].filter(({ deadline, kind }) => kind === "producer" && deadline !== undefined);
  const unanswered = [...spans.values()].filter((call) => call.kind === "client" && call.failed && call.database === undefined && trace.takenBy(call).length === 0);
  return {
    outcomes: [...judged.flatMap(({ kind, entry }) => (kind === "pending" ? [] : [outcome(entry, kind, kind === "own" ? chainTo(entry, trace) : [])])), ...unanswered.filter((call) => !retries.has(call)).flatMap((call) => silentOutcome(call, known))],
    asked: messages.flatMap((message) => askedOf(message, trace, known, now)),
    isIncomplete: trace.orphans.length > 0 || unanswered.length > 0,
    waitsUntil: messages.reduce<number | undefined>((latest, message) => (weighMessage(message, trace.takenBy(message), now) === "pending" ? Math.max(latest ?? 0, message.deadline ?? 0) : latest), undefined),
  };
}

/** Most traces by far: nothing failed, and no message waits for an answer. */
function wentWell(spans: ReadonlyMap<string, Span>): boolean {
  for (const { deadline, failed } of spans.values()) if (failed || deadline !== undefined) return false;
  return true;
}

interface Judged {
  readonly entry: Span;
  readonly kind: OutcomeKind | "pending";
}

function judgeEntry(entry: Span, weighing: Weighing, adopted: ReadonlySet<Span>): Judged {
  const until = weighing.cutOff(entry);
  if (!entry.failed && until === undefined) return { entry, kind: "well" };
  const went = new Set<CallWent>(decisiveCalls(weighing.trace.outgoing(entry), until).map((call) => weighCall(call, until, weighing)));
  if (went.has("below") || adopted.has(entry)) return { entry, kind: "through" };
  if (went.has("database")) return { entry, kind: "database" };
  if (went.has("unanswered")) return { entry, kind: "through" };
  return { entry, kind: went.has("pending") ? "pending" : "own" };
}

/** Those that its failure can be due to. Of one that was given up: all until then, since a try that failed took time even if the next one went well. */
function decisiveCalls(calls: readonly Span[], until: number | undefined): readonly Span[] {
  if (until !== undefined) return calls.filter(({ start }) => start < until);
  const { overtaken } = findTries(calls);
  return calls.filter((call) => !overtaken.has(call));
}

/**
 * Entries in whose course something failed that lost the record of its caller: that is taken to be the tightest one
 * around it in time. Else the caller, of whose call nothing is known, would be where the failure starts.
 */
function adoptOrphans({ entries, orphans }: JoinedTrace): ReadonlySet<Span> {
  const failed = entries.filter((entry) => entry.failed);
  const places = orphans.filter((orphan) => orphan.failed && orphan.kind !== "internal").slice(0, MOST_ADOPTED).map((orphan) => tightestAround(orphan, failed));
  return new Set(places.filter((place) => place !== undefined));
}

function tightestAround(orphan: Span, entries: readonly Span[]): Span | undefined {
  let tightest: Span | undefined;
  for (const entry of entries) {
    if (entry === orphan || entry.service === orphan.service || entry.start > orphan.start || entry.end < orphan.end) continue;
    if (tightest === undefined || entry.end - entry.start < tightest.end - tightest.start) tightest = entry;
  }
  return tightest;
}

function findRetries(trace: JoinedTrace): ReadonlySet<Span> {
  const retries = new Set<Span>();
  for (const entry of trace.entries) {
    const calls = trace.outgoing(entry);
    if (calls.some(({ failed }) => failed)) for (const call of findTries(calls).again) retries.add(call);
  }
  return retries;
}

function isRetried(trace: JoinedTrace, retries: ReadonlySet<Span>, entry: Span): boolean {
  const call = retries.size === 0 ? undefined : trace.callOf(entry);
  return call !== undefined && retries.has(call);
}

function silentOutcome(call: Span, known: Known): readonly Outcome[] {
  const instance = call.address === undefined ? undefined : known.instanceAt(call.address);
  if (instance === undefined || (call.peer !== undefined && call.peer !== instance.service)) return [];
  return [{ ...instance, kind: "own", at: call.start, silent: true, chain: [] }];
}

function askedOf(message: Span, trace: JoinedTrace, known: Known, now: number): readonly Asked[] {
  const takers = trace.takenBy(message);
  const went = weighMessage(message, takers, now);
  const service = takers[0]?.service ?? (message.peer === undefined ? undefined : known.consumerOf(message.peer));
  if (service === undefined || went === "pending") return [];
  // Whoever took it and failed is told by its own record.
  return [{ service, at: message.start, answered: went !== "unanswered" }];
}

function outcome({ host, service, start, version }: Span, kind: OutcomeKind, chain: readonly Hop[] = []): Outcome {
  return { kind, service, version, host, at: start, silent: false, chain };
}

function chainTo(entry: Span, trace: JoinedTrace): readonly Hop[] {
  const hops: Hop[] = [];
  for (let at: Span | undefined = entry; at !== undefined && hops.length < MOST_HOPS; at = trace.ownerOf(at)) {
    hops.push({ service: at.service, version: at.version, name: at.name, ms: Math.round((at.end - at.start) * 10) / 10 });
  }
  return hops.reverse();
}
