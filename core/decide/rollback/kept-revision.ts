import { isoTime, parseIsoTime } from "../../clock.ts";
import { pinOf } from "../../model/desired.ts";
import type { ServiceFacts } from "../../model/facts.ts";
import type { Refusal } from "../../model/plan.ts";
import type { Revision } from "../../model/records.ts";
import { type Result, ok } from "../../model/result.ts";
import { passed } from "../checks.ts";
import { type FoundTarget, type Search, refuseTarget } from "./target.ts";

/** `--at`: the newest revision not later than that, milliseconds since the epoch. */
export function findAt(search: Search, at: number): FoundTarget {
  const { facts } = search.known;
  const entry = revisionAt(facts.history, at);
  return entry === undefined ? unknownAt([facts], at) : goTo(search, entry, `at ${isoTime(at)} ${facts.service} was at revision ${entry.revision}, of ${entry.at}`);
}

/** The newest that is not later than that. `history` is newest first. */
export function revisionAt(history: readonly Revision[], at: number): Revision | undefined {
  return history.find((one) => parseIsoTime(one.at) <= at);
}

/** Of the first of them is told what is kept. */
export function unknownAt([first, ...others]: readonly Pick<ServiceFacts, "service" | "history">[], at: number): Result<never, Refusal> {
  if (first === undefined) throw new Error("it is about at least one service");
  const oldest = first.history.at(-1);
  const kept = oldest === undefined ? "it has no history yet" : `the oldest kept revision is ${oldest.revision}, of ${oldest.at}`;
  return refuseTarget(first.service, "kept-history", `nothing is known of ${first.service}${others.length === 0 ? "" : ` or the other ${others.length}`} at ${isoTime(at)}: ${kept}`);
}

/** `--revision n`. */
export function findRevision(search: Search, revision: number): FoundTarget {
  const { service, history } = search.known.facts;
  const entry = history.find((one) => one.revision === revision);
  if (entry !== undefined) return goTo(search, entry, `revision ${revision} is of ${entry.at}`);
  const [newest, oldest] = [history[0], history.at(-1)];
  const kept = newest === undefined || oldest === undefined ? "it has no history yet" : `kept are ${oldest.revision} to ${newest.revision}`;
  return refuseTarget(service, "kept-history", `there is no revision ${revision} of ${service}: ${kept}`);
}

function goTo({ known, request, left }: Search, entry: Revision, detail: string): FoundTarget {
  const { service } = known.facts;
  const version = pinOf(entry.after, request.track);
  const movesPin = request.only === undefined || request.only === "pin";
  if (movesPin && version === undefined && left !== undefined) {
    return refuseTarget(service, "target", `${request.track} of ${service} was not pinned at revision ${entry.revision}, and a rollback never removes a pin; run "rollpin unpin ${service}" for that`);
  }
  return ok({ version, source: { revision: entry.revision, state: entry.after }, check: passed("target", service, detail), notes: [] });
}
