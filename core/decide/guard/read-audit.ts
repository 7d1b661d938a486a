import { isoTime, parseIsoTime } from "../../clock.ts";
import type { JudgeSettings } from "../../config/policy-schema.ts";
import type { AuditSignalSettings } from "../../config/signals/audit.ts";
import type { Evidence, Reading, Suspect } from "../../model/reading.ts";
import type { CountedCalls } from "../audit/recent-calls.ts";
import { readTraffic } from "./read-traffic.ts";

export interface AuditCounts {
  /** Of the suspect since the change. */
  readonly own: CountedCalls;
  /** Of the baseline since the change, and before it. */
  readonly beside: CountedCalls;
  readonly before: CountedCalls;
}

export interface AuditFacts {
  readonly suspect: Suspect;
  readonly counts: AuditCounts;
  readonly settings: AuditSignalSettings;
  readonly judge: JudgeSettings;
  /** Lines that are none of an audit log. */
  readonly badLines: number;
}

/** Failed calls of the suspect against the baseline's, beside it or, where that has too few, before the change: as what routers count. */
export function readAudit({ badLines, counts: { before, beside, own }, judge, settings, suspect }: AuditFacts): Reading {
  const of = (version: string | undefined, counts: CountedCalls): Record<string, CountedCalls> => (version === undefined ? {} : { [version]: counts });
  const traffic = { now: { ...of(suspect.baseline, beside), [suspect.version]: own }, before: of(suspect.baseline, before) };
  const reading = readTraffic({ suspect, routers: [{ live: true, record: { traffic } }], settings: { compare: ["errors"], above: settings.above }, judge, seenBy: `audit logs have of ${suspect.service}` });
  const evidence = [evidenceOf(own, badLines), ...reading.evidence];
  return reading.says === "bad" ? { ...reading, since: sinceOf(suspect, own), evidence } : { ...reading, evidence };
}

/** A version can't fail before it was moved to: what looks so is another host's clock. */
function sinceOf({ since }: Suspect, { firstBad }: CountedCalls): string {
  return isoTime(Math.max(parseIsoTime(since), firstBad?.atMs ?? 0));
}

function evidenceOf({ firstBad }: CountedCalls, badLines: number): Evidence {
  if (firstBad === undefined) return { kind: "audit", badLines };
  const { atMs, operation, trace } = firstBad;
  return { kind: "audit", badLines, firstBad: { at: isoTime(atMs), operation, ...(trace === undefined ? {} : { trace }) } };
}
