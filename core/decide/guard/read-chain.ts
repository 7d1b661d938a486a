/** What call records say of the suspect. Where a host, a database or the service as a whole is at fault, that is told as what it is: bad, and not the release's doing. */
import { isoTime, parseIsoTime } from "../../clock.ts";
import type { ChainVerdict } from "../chain/judge-chain.ts";
import type { Hop } from "../chain/outcome.ts";
import type { Sum } from "../chain/tally.ts";
import type { Evidence, Reading, Suspect } from "../../model/reading.ts";
import { sayFailed, sayWhen } from "./say-comparison.ts";

export function readChain(suspect: Suspect, verdict: ChainVerdict): Reading {
  const evidence = evidenceOf(suspect, verdict);
  return { ...say(suspect, verdict), evidence };
}

function say(suspect: Suspect, verdict: ChainVerdict): Omit<Reading, "evidence"> {
  const { service, version } = suspect;
  const { asked, askedBefore, host } = verdict;
  const figures = compare(suspect, verdict, "own");
  switch (verdict.cause) {
    case "version":
      return { says: "bad", alike: false, since: sinceOf(suspect, verdict.suspect), summary: `call records: failures start at ${service} ${version}: ${figures}${describeWay(verdict.examples)}` };
    case "queries":
      return { says: "bad", alike: false, summary: `call records: a database fails calls of ${service} ${version} only: ${compare(suspect, verdict, "database")}` };
    case "unanswered":
      return { says: "bad", alike: false, since: sinceOf(suspect, asked), summary: `call records: messages to ${service} stay unanswered since it was moved to ${version}: ${asked.own} of ${asked.calls} past their deadline, ${askedBefore.own} of ${askedBefore.calls} before` };
    case "host":
      return { says: "bad", alike: true, summary: `call records: failures start at ${service} ${version} on the host ${host} only, so it is the host and not the version: ${figures}` };
    case "database":
      return { says: "bad", alike: true, summary: `call records: a database fails calls of ${service}, whatever the version: ${compare(suspect, verdict, "database")}` };
    case "alike":
      return { says: "bad", alike: true, summary: `call records: failures start at ${service} whatever the version: ${figures}` };
    case "well":
    case "undecided":
      return { says: "good", summary: `call records: ${service}: ${figures}` };
    case "few-calls":
      return { says: "no-data", summary: `call records: too few calls of ${service} ${version} have come: ${verdict.suspect.calls}` };
    case "nothing-to-compare":
      return { says: "no-data", summary: `call records: there is nothing to compare ${service} ${version} with: ${suspect.baseline === undefined ? "no other version is known" : `${verdict.baseline?.calls ?? 0} calls of ${suspect.baseline} have come, beside it or before`}` };
  }
}

type Field = "database" | "own";

function compare({ baseline, version }: Suspect, verdict: ChainVerdict, field: Field): string {
  const failedOf = (of: string, sum: Sum): string => sayFailed(of, { errors: sum[field], requests: sum.calls });
  const other = verdict.baseline === undefined || baseline === undefined ? "" : `, ${failedOf(baseline, verdict.baseline)} ${sayWhen(verdict.beside)}`;
  return `${failedOf(version, verdict.suspect)}${other}`;
}

/** From where it is seen to where it starts. */
function describeWay(examples: ChainVerdict["examples"]): string {
  const way = examples.at(-1) ?? [];
  return way.length < 2 ? "" : `; seen at ${nameOf(way[0])}, by way of ${way.map(nameOf).join(" → ")}`;
}

const nameOf = (hop: Hop | undefined): string => (hop === undefined ? "" : hop.version === "" ? hop.service : `${hop.service} ${hop.version}`);

/** A version can't fail before it was moved to: what looks so is another host's clock. */
function sinceOf({ since }: Suspect, { firstOwn }: Sum): string {
  return isoTime(Math.max(parseIsoTime(since), firstOwn ?? 0));
}

function evidenceOf({ baseline, version }: Suspect, { asked, askedBefore, beside, baseline: other, cause, examples, host, suspect }: ChainVerdict): readonly Evidence[] {
  const counts = (of: string, { calls, database, own, silent, through }: Sum): Evidence => ({ kind: "counts", version: of, calls, startedHere: own, unanswered: silent, through, database });
  return [
    { kind: "chain", cause, ...(host === undefined ? {} : { host }), chains: examples.map((hops) => hops.map(({ ms, name, service, version: of }) => ({ service, version: of, name: name.slice(0, 80), ms }))) },
    counts(version, suspect),
    ...(other === undefined || baseline === undefined ? [] : [{ ...counts(baseline, other), when: beside ? "beside" : "before" }]),
    ...(asked.calls === 0 ? [] : [{ kind: "messages", since: { sent: asked.calls, unanswered: asked.own }, before: { sent: askedBefore.calls, unanswered: askedBefore.own } }]),
  ];
}
