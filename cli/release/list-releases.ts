import { isoTime } from "../../core/clock.ts";
import { determineCurrent } from "../../core/decide/current.ts";
import { newestFirst } from "../../core/decide/version-order.ts";
import type { ServiceFacts } from "../../core/model/facts.ts";
import { type Result, err, ok } from "../../core/model/result.ts";
import { type Ending, type Failure, failed, result } from "../ending.ts";
import { gatherKnown } from "../gather.ts";
import { didYouMean } from "../nearest.ts";
import { type ReleaseStatus, releasePrintable, releasesPrintable } from "../output/release.ts";
import type { Session } from "../session.ts";

export async function listReleases(session: Session, service: string): Promise<Ending> {
  const facts = await gatherOne(session, service);
  if (!facts.ok) return failed(facts.fault);
  const { releases } = facts.value;
  const versions = newestFirst([...releases.keys()], (version) => releases.get(version)?.createIndex);
  return result(releasesPrintable(service, versions.flatMap((version) => statusOf(facts.value, version) ?? []), isoTime(session.world.clock.now())));
}

export async function showRelease(session: Session, service: string, version: string): Promise<Ending> {
  const facts = await gatherOne(session, service);
  if (!facts.ok) return failed(facts.fault);
  const status = statusOf(facts.value, version);
  if (status !== undefined) return result(releasePrintable(service, status));
  const near = didYouMean(version, [...facts.value.releases.keys()]);
  return failed({ code: "refused", check: "registered", service, message: `${version} is not a registered release of ${service}.${near} "rollpin release list ${service}" shows what there is` });
}

export async function gatherOne(session: Session, service: string): Promise<Result<ServiceFacts, Failure>> {
  const store = await session.store();
  if (!store.ok) return store;
  const facts = await gatherKnown(store.value, [service], { signal: session.signal, history: 1 });
  if (!facts.ok) return facts;
  const [one] = facts.value;
  return one === undefined ? err({ code: "fault", message: "facts were gathered for no service" }) : ok(one);
}

function statusOf(facts: ServiceFacts, version: string): ReleaseStatus | undefined {
  const release = facts.releases.get(version)?.value;
  if (release === undefined) return undefined;
  const { pins } = determineCurrent(facts).state;
  return {
    release,
    verdict: facts.verdicts.get(version)?.value,
    pinned: Object.keys(pins).filter((track) => pins[track] === version),
    running: facts.instances.filter(({ live, record }) => live && record.version === version).length,
  };
}
